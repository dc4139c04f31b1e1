"""Features that are no longer: retired is 410, merged is 308, in JSON and as a page, whatever else is asked."""

import httpx
import pytest

from tests.ogc.asking import GEOJSON, OGC, epsg, got, ids
from tests.routes.asking import refused
from tests.routes.test_gone import MERGED, REASON, RETIRED, SUCCESSOR, changed  # noqa: F401  a fixture
from tests.routes.test_home import seen

ITEMS = f"{OGC}/collections/poles/items"
ASKED: tuple[dict[str, str], ...] = ({}, {"f": "json"}, {"crs": epsg(2154)})


def test_a_retired_feature_is_gone_with_its_reason(changed: httpx.Client) -> None:  # noqa: F811
    for asked in ASKED:
        problem = refused(changed.get(f"{ITEMS}/{RETIRED}", params=asked), 410)
        assert problem["type"] == "/problems/retiree"
        assert REASON in problem["detail"]
    assert changed.head(f"{ITEMS}/{RETIRED}").status_code == 410
    assert RETIRED not in ids(changed)
    assert got(changed, f"/collections/poles/items/{RETIRED}", as_of="1", crs=epsg(2154))["id"] == RETIRED


def test_the_page_of_a_retired_feature_leads_to_what_it_was(changed: httpx.Client) -> None:  # noqa: F811
    page = seen(changed, f"{ITEMS}/{RETIRED}", 410)
    assert REASON in page.text
    assert changed.get(f"{ITEMS}/{RETIRED}", params={"f": "html", "crs": epsg(2154)}).text == page.text
    assert f"/poles/{RETIRED}" in page.links
    assert REASON in seen(changed, f"/poles/{RETIRED}", 410).text
    assert RETIRED in seen(changed, f"{ITEMS}/{RETIRED}?as_of=1").text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_merged_feature_leads_to_its_successor(changed: httpx.Client, method: str) -> None:  # noqa: F811
    for asked in (*ASKED, {"f": "html"}, {"f": "html", "crs": epsg(2154)}):
        response = changed.request(method, f"{ITEMS}/{MERGED}", params=asked)
        assert response.status_code == 308
        there = httpx.URL(response.headers["location"])
        assert (there.path, dict(there.params)) == (f"{ITEMS}/{SUCCESSOR}", asked)
        answer = changed.get(response.headers["location"])
        assert answer.status_code == 200
        assert answer.headers["content-type"] == (
            "text/html; charset=utf-8" if "f" in asked and asked["f"] == "html" else GEOJSON
        )
        assert answer.headers["content-crs"] == f"<{asked['crs']}>" if "crs" in asked else True
    assert MERGED not in ids(changed)
    assert got(changed, f"/collections/poles/items/{MERGED}", as_of="1")["id"] == MERGED
