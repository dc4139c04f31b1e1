"""The charts of the pages: each number is the one that the API gives, and its CSV holds no other."""

import csv
import io
import re

import httpx
import pytest

from tests.conftest import ON_SQLITE_ONLY
from tests.routes.asking import asked
from tests.routes.test_home import seen

pytestmark = ON_SQLITE_ONLY


def numbers(client: httpx.Client, path: str) -> list[dict[str, str]]:
    response = client.get(path).raise_for_status()
    assert response.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(response.text, newline="")))


@pytest.mark.parametrize("region", ["84", "53", "01", ""])
def test_a_year_counts_what_active_on_finds_and_what_it_does_not_know(client: httpx.Client, region: str) -> None:
    page = seen(client, f"/regions/{region}" if region else "/stats")
    years = numbers(client, f"/regions/{region}/evolution.csv" if region else "/stats/evolution.csv")
    assert [year["day"][:4] for year in years] == [str(int(years[0]["day"][:4]) + at) for at in range(len(years))]
    for year in [years[0], *years[1::4], years[-1]]:
        answer = asked(client, f"/v1/poles?region={region}&active_on={year['day']}&limit=1")
        assert (year["known"], year["undetermined"]) == (str(answer["count"]), str(answer["undetermined"])), year
        row = page.text.partition(f'active_on={year["day"]}"')[2].partition("</tr>")[0]
        assert re.findall(r'data-name="[^"]+">(\d+)', row) == [one for name, one in year.items() if name != "day"]
    assert asked(client, f"/v1/poles?region={region}&active_on={int(years[0]['day'][:4]) - 1}-12-31")["count"] == 0


def test_labels_count_in_the_year_of_their_award(client: httpx.Client) -> None:
    poles = asked(client, "/v1/poles?region=84&limit=1000")["items"]
    dates = [label["awarded_on"] for pole in poles for label in pole["labels"]]
    years = numbers(client, "/regions/84/evolution.csv")
    assert {year["day"][:4]: int(year["labels"]) for year in years if year["labels"] != "0"} == {
        year: sum(str(date).startswith(year) for date in dates) for year in {str(date)[:4] for date in dates if date}
    }


def test_a_region_of_which_nothing_is_dated_has_no_chart(client: httpx.Client) -> None:
    assert "Évolution" not in seen(client, "/regions/975").text
    assert numbers(client, "/regions/975/evolution.csv") == []


def test_the_csv_of_each_chart_is_what_v1_stats_says(client: httpx.Client) -> None:
    told = asked(client, "/v1/stats")
    for chart, name in (("regions", "by_region"), ("sectors", "by_sector"), ("statuses", "by_status")):
        assert numbers(client, f"/stats/{chart}.csv") == [
            {**one, "count": str(one["count"])} for one in told["poles"][name]
        ]
    waves = [
        {name: "" if one[name] is None else str(one[name]) for name in row}
        for one, row in zip(told["waves"], numbers(client, "/stats/waves.csv"), strict=True)
    ]
    assert numbers(client, "/stats/waves.csv") == waves
    official = numbers(client, "/stats/official-counts.csv")
    assert [(one["as_of"], one["count"]) for one in official] == [
        (one["as_of"], str(one["count"])) for one in told["official_counts"]
    ]
    assert {link for link in seen(client, "/stats").links if link.endswith(".csv")} == {
        f"/stats/{one}.csv" for one in ("waves", "regions", "sectors", "statuses", "evolution", "official-counts")
    }
    assert client.get("/stats/rien.csv").status_code == 404
