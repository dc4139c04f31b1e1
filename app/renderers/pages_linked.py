"""Records for machines that read pages: schema.org objects (JSON-LD), from public documents."""

from typing import Any

from app.renderers.listing import LICENCE_URL

Json = dict[str, Any]


def pole(document: Json, base: str) -> Json:
    seat = document["seat"]
    known = {
        "alternateName": [*filter(None, [document["acronym"]]), *document["former_names"]],
        "description": document["description"],
        "sameAs": document["website"],
        "foundingDate": str(document["founded_year"] or ""),
        "dissolutionDate": document["ended_on"],
        "areaServed": document["territory"]["text"],
        "address": _address(seat),
        "location": _point(seat),
        "award": [f"{label['wave']['name']}" for label in document["labels"] if label["outcome"] == "laureate"],
        "member": [_organisation(member["organisation"], base) for member in document["members"]],
    }
    return _thing("Organization", document, base) | _kept(known)


def organisation(document: Json, base: str) -> Json:
    known = {
        "alternateName": document["acronym"],
        "identifier": document["siren"]
        and {"@type": "PropertyValue", "propertyID": "SIREN", "value": document["siren"]},
        "sameAs": document["website"],
        "address": _address(document),
        "memberOf": [_organisation(link["pole"], base) for link in document["poles"]],
    }
    return _thing("Organization", document, base) | _kept(known)


def wave(document: Json, base: str) -> Json:
    budget = document["budget_eur"]
    known = {
        "description": document["notes"],
        "funder": document["issuer"] and {"@type": "GovernmentOrganization", "name": document["issuer"]},
        "amount": budget and {"@type": "MonetaryAmount", "value": budget, "currency": "EUR"},
        "fundedItem": [_organisation(label["pole"], base) for label in document["labels"]],
    }
    return _thing("MonetaryGrant", document, base) | _kept(known)


def _thing(kind: str, document: Json, base: str) -> Json:
    url = base + document["url"]
    about = {
        "@type": "WebPage",
        "@id": f"{url}#page",
        "url": url,
        "license": LICENCE_URL,
        "dateModified": document["revision"]["recorded_at"],
        "citation": [source["url"] for source in document["sources"]],
    }
    return {
        "@context": "https://schema.org",
        "@type": kind,
        "@id": url,
        "name": document["name"],
        "url": url,
        "mainEntityOfPage": _kept(about),
    }


def _address(place: Json) -> Json | None:
    """Return what is known of an address; nothing where not even the région is."""
    known = _kept(
        {
            "streetAddress": place.get("address"),
            "postalCode": place.get("postcode"),
            "addressLocality": (place["commune"] or {}).get("name"),
            "addressRegion": (place["region"] or {}).get("name"),
        }
    )
    return {"@type": "PostalAddress", **known, "addressCountry": "FR"} if known else None


def _point(seat: Json) -> Json | None:
    if seat["longitude"] is None:
        return None
    geo = {"@type": "GeoCoordinates", "longitude": seat["longitude"], "latitude": seat["latitude"]}
    return {"@type": "Place", "geo": geo}


def _organisation(reference: Json, base: str) -> Json:
    return {"@type": "Organization", "@id": base + reference["url"], "name": reference["name"]}


def _kept(known: Json) -> Json:
    return {name: value for name, value in known.items() if value}
