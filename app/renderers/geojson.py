"""GeoJSON (RFC 7946): features from flat values, collections joined from stored features."""

from collections.abc import Mapping
from typing import Any

import geojson


def feature(values: Mapping[str, Any], properties: Mapping[str, Any] | None = None) -> bytes:
    """Return a feature; its point is in degrees (WGS 84), its geometry null where no point is known."""
    longitude, latitude = values.get("longitude"), values.get("latitude")
    point = None if longitude is None or latitude is None else geojson.Point((longitude, latitude))
    identity = values.get("id", values.get("code"))
    made = geojson.Feature(id=identity, geometry=point, properties=dict(values if properties is None else properties))
    text: str = geojson.dumps(made, ensure_ascii=False, separators=(",", ":"), sort_keys=False)
    return text.encode()


def redrawn(stored: bytes, geometry: bytes) -> bytes:
    """Return a feature with another geometry; its first members are its identifier and its geometry."""
    head, member, rest = stored.partition(b'"geometry":')
    return head + member + geometry + b"".join(rest.partition(b',"properties":')[1:])


def collection(features: bytes, members: bytes) -> bytes:
    """Join features (with commas) and the envelope's members (`"count":…`, no braces) into a FeatureCollection."""
    return b"".join((b'{"type":"FeatureCollection","features":[', features, b"],", members, b"}"))


def absolute(stored: bytes, base: str) -> bytes:
    """Return a stored feature with its address made absolute: its second property, so that nothing else is searched."""
    return stored.replace(b'"url":"/', b'"url":"' + base.encode() + b"/", 1)
