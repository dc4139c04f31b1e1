import httpx


def test_smoke(client: httpx.Client) -> None:
    assert client.get("/v1/poles").json()["count"] == 115
