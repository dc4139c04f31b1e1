"""The pages about the registry: their figures are those of the API, their requests work, their columns are all told."""

import re
import shlex
from html import unescape
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import httpx
import pytest

from app.renderers import columns
from tests.conftest import ON_SQLITE_ONLY
from tests.routes.asking import asked
from tests.routes.test_home import HTML, seen
from tests.routes.test_pages_records import words

pytestmark = ON_SQLITE_ONLY
PAGES = ("/stats", "/donnees", "/api", "/a-propos", "/waves")


def test_figures_are_those_of_the_api(client: httpx.Client) -> None:
    stats, page = asked(client, "/v1/stats"), seen(client, "/stats")
    said = words(page)
    for wave in stats["waves"]:
        if wave["announced"] is not None:
            row = page.text.partition(f'<a href="/waves/{wave["id"]}">')[2].partition("</tr>")[0]
            assert re.findall(r'data-name="\w+">(\d+)', row) == [
                str(wave[name]) for name in ("found", "announced", "missing")
            ]
    for region in stats["poles"]["by_region"]:
        assert re.search(rf"{re.escape(region['label'])} {region['count']}\b", said), region
    for one in stats["official_counts"]:
        assert one["counts_what"] in said
    drawn = re.findall(r'<rect class="(?:part|whole)" width="([\d.]+)"', page.text)
    assert drawn
    assert all(0 <= float(width) <= 100 for width in drawn)


@pytest.mark.parametrize("path", [*PAGES, "/poles/archer-pole-sud", "/regions/84", "/sources/s-63b8ad6520"])
def test_every_link_of_a_page_leads_somewhere(client: httpx.Client, path: str) -> None:
    page = seen(client, path)
    # One year of a chart leads where the others do.
    for link in sorted({re.sub(r"active_on=\d{4}-12", "active_on=2014-12", link) for link in page.links}):
        if link.startswith("#"):
            assert link[1:] in page.ids
        elif link.startswith("/"):
            answer = client.get(link, headers=HTML if "." not in link.rpartition("/")[2] else {}, follow_redirects=True)
            assert answer.status_code == 200, link


def test_each_request_of_the_guide_works_as_it_is_written(client: httpx.Client) -> None:
    commands = [unescape(one) for one in re.findall(r"<code>(curl .*?)</code>", seen(client, "/api").text, re.DOTALL)]
    assert len(commands) >= 10
    for command in commands:
        words_ = shlex.split(command)
        url = next(word for word in words_ if word.startswith("http"))
        assert url.startswith(str(client.base_url))
        if "-d" in words_:
            headers = {"Content-Type": "application/json"}
            sent = client.post(f"{urlsplit(url).path}?dry_run=true", content=words_[-1].encode(), headers=headers)
            assert sent.status_code == 200, sent.text
        else:
            assert client.get(url).status_code == 200, url


def test_every_column_is_told(client: httpx.Client) -> None:
    page = seen(client, "/donnees").text
    for known in (columns.POLE, columns.ORGANISATION, columns.WAVE, columns.MEMBER, columns.SOURCE, columns.REGION):
        for column in known:
            assert f"<code>{column.name}</code>" in page
    assert not re.findall(r"<td>(?:\s|[a-z_.]+)*</td>", page), "a column is told by its own name"


def test_the_legal_notice_says_what_is_left_to_fill_in(client: httpx.Client) -> None:
    page = seen(client, "/a-propos").text
    assert page.count("À compléter par l’exploitant") == 3
    assert "effacé 90 jours après sa réception" in page


def test_crawlers_find_every_page_and_no_proposal(client: httpx.Client) -> None:
    rules = client.get("/robots.txt").raise_for_status().text
    assert "Disallow: /propositions/" in rules
    base = str(client.base_url).rstrip("/")
    assert f"Sitemap: {base}/sitemap.xml" in rules
    tree = ET.fromstring(client.get("/sitemap.xml").raise_for_status().content)
    listed = [str(one.text) for one in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(listed) == len(set(listed))
    for noun in ("poles", "organisations", "waves"):
        records = asked(client, f"/v1/{noun}?limit=1000&fields=url")["items"]
        assert {base + f"/{noun}/{one['id']}" for one in records} <= set(listed)
    for url in listed[:40]:
        assert client.get(url, headers=HTML).status_code == 200, url
