"""Answers one question as QGIS does. Run by Debian's Python, which has QGIS's: `python3 qgis_layers.py ADDRESS QUESTION`."""

import json
import os
import sys
from typing import Any

from qgis.core import QgsApplication, QgsFeatureRequest, QgsRectangle, QgsSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QDateTime

CONNECTION = "ptce"


def listed(address: str) -> list[str]:
    """List the layers of a connection, as the browser of QGIS shows them."""
    settings = QgsSettings()
    settings.setValue(f"qgis/connections-wfs/{CONNECTION}/url", address)
    settings.setValue(f"qgis/connections-wfs/{CONNECTION}/version", "OGC_API_FEATURES")
    item = QgsApplication.dataItemProviderRegistry().provider("WFS").createDataItem(f"wfs:/{CONNECTION}", None)
    return [child.uri().split("typename='")[1].split("'")[0] for child in item.createChildren()]


def read(address: str, question: dict[str, Any]) -> list[dict[str, Any]]:
    pages = f"pagingEnabled='true' pageSize='{question['page']}'" if question["page"] else ""
    uri = f"restrictToRequestBBOX='1' {pages} url='{address}' typename='{question['collection']}' version='OGC_API_FEATURES'"
    layer = QgsVectorLayer(uri, question["collection"], "OAPIF")
    assert layer.isValid(), layer.error().message()
    if question["where"]:
        assert layer.setSubsetString(question["where"])
    request = QgsFeatureRequest()
    if question["box"]:
        request.setFilterRect(QgsRectangle(*question["box"]))
    names = layer.fields().names()
    features = list(layer.getFeatures(request))
    assert question["box"] or layer.featureCount() == len(features)
    return [
        {
            "properties": dict(zip(names, map(plain, feature.attributes()), strict=True)),
            "geometry": bytes(feature.geometry().asWkb()).hex() if feature.hasGeometry() else None,
        }
        for feature in features
    ]


def plain(value: Any) -> Any:
    if isinstance(value, QDateTime):
        return value.toString("yyyy-MM-ddTHH:mm:ss")
    return value if isinstance(value, str | int | float | list) else None  # QGIS has a NULL of its own


application = QgsApplication([], False)
application.initQgis()
_, told_address, told_question = sys.argv
asked = json.loads(told_question)
answer = read(told_address, asked) if asked else listed(told_address)
sys.stdout.write(json.dumps(answer))
sys.stdout.flush()
os._exit(0)  # layers that outlive the application bring its end down
