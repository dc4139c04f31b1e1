"""What no client should send: texts, values, bytes, escapes and headers that programs have stumbled over."""

import math
from typing import Any, Final

ODD_TEXTS: Final = (
    "", " ", "0", "-1", "+1", "1.5", "1e400", "-1e-400", "nan", "Infinity", "-0", "9" * 40, "2147483648", "9223372036854775808",
    "1" * 5000, "١٢", "0x10", "1_000", "true", "null", "[]", "{}", "'", '"', "';--", "\\", "%", "%%", "_", "*", "?", "#", "&", ";",
    "é" * 500, "a" * 3000, "a," * 400, ",", ",,", "|", "\x00", "\x01", "\n", "\r\nX-Odd: 1", "\x7f", "\u202e", "\ufeff", "\ud800", "\udfff\ud800",
    "\U0001f600", "e\u0301" * 50, "ﬁ", "ẞ", "İ", "../..", "//", "/", ".", "..", "@", "@@", "a@b@c", "archer-pole-sud@", "-", "--", "archer-pole-sud",
    "2021-02-30", "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2021-13", "2021-05-12T24:00:00Z", "2021-05-12T00:00:00+99:99", "../2021", "2021/..",
    "180,90,-180,-90", "-180,-90,180,90", "nan,nan", "inf,0,0,0", "1e308,1e308,1e308,1e308", "0,0,0,0,0,0", "181,91", "1;2", "csv", "xlsx", "geojson", "html",
    "region='84' AND", "NOT " * 100 + "region='84'", "(" * 70 + "a" + ")" * 70, "founded_year > 1e400", "founded_year = 99999999999999999999",
    "name LIKE '%\\'", "CASEI(name) = ACCENTI(CASEI('é'))", "name IN ()", "founded_year BETWEEN 1 AND", "S_INTERSECTS(geometry,POINT(nan nan))",
    "S_INTERSECTS(geometry,POLYGON((0 0,0 0,0 0,0 0)))", "S_INTERSECTS(geometry,POLYGON((0 0,9 9,9 0,0 9,0 0)))", "S_INTERSECTS(geometry,BBOX(1,2,3))",
    "T_AFTER(recorded_at,TIMESTAMP('0000-01-01T00:00:00Z'))", '{"op":"and","args":[]}', '{"op":"=","args":[{"property":"name"},1e400]}',
    "http://www.opengis.net/def/crs/EPSG/0/2154", "http://www.opengis.net/def/crs/EPSG/0/0", "-name,+id,name", "javascript:alert(1)", "http://[::1", "http://a/" + "b" * 2100,
)  # fmt: skip
DEEP, LONG_NUMBER = "\x01deep\x01", "\x01number\x01"  # stand for what `json` would not write
ODD_VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1.5, -0.0, 2**31, 2**63, 10**30, 1e308, math.nan, math.inf, [], {}, [[]], [None] * 1000, [{}], {"": ""}, {"id": {}},
    {"__proto__": 1}, "x" * 100_000, ["84"] * 300, [[0, 0], [1e400, 2]], {"type": "Polygon", "coordinates": []}, DEEP, LONG_NUMBER,
)  # fmt: skip
ODD_BYTES: Final = (
    b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc3", b"{", b"[", b'"', b"\\u", b"NaN", b"-", b"1e", b",", b"\r\n", b"PK\x03\x04", b"=1+1",
    b"\xf4\x90\x80\x80",
)  # fmt: skip
ODD_LINES: Final = (
    b" ",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"HTTP/9.9",
    b"HTTP/1.0",
    b": ",
    b"?",
    b"#",
    b"http://a/",
    b"*",
    b"%00",
    b"x" * 70_000,
    b"0\r\n\r\n",
    b"FFFFFFFFFFFFFFFFF\r\n",
)
ODD_QUOTES: Final = (
    "%",
    "%z",
    "%zz",
    "%c3",
    "%ff",
    "%00",
    "%ed%a0%80",
    "%2f",
    "%2F..%2F",
    "%25%32%35",
    "+",
    "%u00e9",
    "%c0%ae",
)
HEADERS: Final[dict[bytes, tuple[bytes, ...]]] = {
    b"accept": (b"*/*", b"text/html", b"text/csv;q=0", b"application/geo+json;q=1.5", b"a/b;q=nan", b"/", b"*", b"text/*;q=0.0001", b";", b"," * 500),
    b"accept-encoding": (b"gzip", b"br;q=0", b"zstd, gzip;q=x", b"*;q=0", b"identity;q=0", b"gzip;q=", b"\xff", b"," * 500),
    b"if-none-match": (b"*", b'"', b'W/"1-x.2-json"', b'"1", "2', b"\xff", b'"' * 2000),
    b"if-match": (b"*", b'"1-x"', b'W/"1-x.2-json"', b'"9999999999999999999999-x.2-json"', b'"-1-.-"', b"1-x.2-json", b"\xff"),
    b"if-modified-since": (b"Sat, 29 Feb 2021 25:61:61 GMT", b"0", b"Thu, 01 Jan 9999 00:00:00 GMT", b"Mon, 01 Jan 0001 00:00:00 +9999", b"\xff"),
    b"if-range": (b'"x"', b"Sat, 01 Jan 2000 00:00:00 GMT", b"\xff"),
    b"range": (b"bytes=0-0", b"bytes=-1", b"bytes=9-1", b"bytes=0-0,0-0,0-0", b"bytes=" + b"0-1," * 900, b"bytes=99999999999999999999-", b"lines=1-2", b"bytes=\xb2-"),
    b"content-type": (b"application/json", b"application/json; charset=utf-16", b"text/csv", b"text/csv; charset=x-odd", b"application/x-www-form-urlencoded",
                      b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"multipart/form-data", b"application/json;" * 50, b"\xff", b"/"),
    b"content-encoding": (b"gzip", b"odd"),
    b"content-length": (b"0", b"-1", b"1e3", b"99999999999999999999", b"\xb2"),
    b"idempotency-key": (b"", b"odd", b"k" * 5000, b"\xff", b"a b", b'"odd"'),
    b"authorization": (b"", b"Bearer", b"Bearer ", b"Bearer \xff", b"Basic eDp5", b"Bearer " + b"x" * 5000, b"bearer a b c"),
    b"host": (b"", b"a", b"a:b", b"[::1", b"x" * 300, b"a,b", b"\xff", b"evil.example/x?"),
    b"origin": (b"null", b"https://a.example", b"\xff"),
    b"access-control-request-method": (b"PATCH", b"odd", b""),
    b"x-forwarded-for": (b"1.2.3.4", b"odd", b"::1, 1.2.3.4", b"\xff"),
    b"x-forwarded-proto": (b"https", b"javascript", b""),
    b"x-request-id": (b"abcdefgh-1", b"\xff" * 20, b"x" * 3000),
    b"cookie": (b"a=b;" * 400,),
}  # fmt: skip
