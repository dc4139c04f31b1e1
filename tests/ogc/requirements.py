"""What the declared conformance classes require, by requirement id; and `proves`, by which a test says what it proves."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

TestT = TypeVar("TestT", bound=Callable[..., Any])

# Only what is asked of a service such as this one: one list of systems for each collection, one collection at a time.
REQUIRED = {
    "common-1/core": "http query-param-unknown query-param-invalid",
    "common-1/landing-page": "root-op root-success api-definition-op api-definition-success conformance-op conformance-success",
    "common-1/json": "definition content",
    "common-1/html": "definition content",
    "common-1/oas30": "oas-definition-1 oas-definition-2 oas-impl completeness exception-codes security",
    "common-2/collections": "collections-list-op collections-list-success collections-list-links "
    "collections-list-collections description-op description-success description-links description-extent",
    "features-1/core": "root-op root-success api-definition-op api-definition-success conformance-op conformance-success "
    "http query-param-unknown query-param-invalid crs84 fc-md-op fc-md-success fc-md-links fc-md-items fc-md-items-links "
    "fc-md-extent sfc-md-op sfc-md-success fc-op fc-limit-definition fc-limit-response-1 fc-bbox-definition "
    "fc-bbox-response fc-time-definition fc-time-response fc-response fc-links fc-rel-type fc-timeStamp "
    "fc-numberMatched fc-numberReturned f-op f-success f-links",
    "features-1/oas30": "oas-definition-1 oas-definition-2 oas-impl completeness exception-codes security",
    "features-1/html": "definition content",
    "features-1/geojson": "definition content",
    "features-2/crs": "crs-uri fc-md-crs-list fc-md-storageCrs fc-md-storageCrs-valid-value fc-bbox-crs-definition "
    "fc-bbox-crs-valid-value fc-bbox-crs-default-value fc-bbox-crs-action fc-crs-definition fc-crs-valid-value "
    "fc-crs-default-value fc-crs-action ogc-crs-header ogc-crs-header-value geojson",
    "features-3/queryables": "get-queryables-op get-queryables-response queryables-link expression-construction",
    "features-3/queryables-query-parameters": "parameters",
    "features-3/filter": "filter-param filter-lang-param filter-crs-wgs84 filter-crs-param mixing-expressions response",
    "features-3/features-filter": "response",
    "features-8/sortables": "get-sortables-op get-sortables-success sortables-link defaultSortOrder-definition",
    "features-8/sorting": "sortby-definition sortby-response",
    "features-8/features-sorting": "get-sortables-op sortables-link sortby-param response",
    "cql2/cql2-text": "basic-cql2 escaping advanced-comparison-operators case-insensitive-comparison "
    "accent-insensitive-comparison basic-spatial-functions basic-spatial-functions-plus",
    "cql2/cql2-json": "basic-cql2 advanced-comparison-operators case-insensitive-comparison "
    "accent-insensitive-comparison basic-spatial-functions basic-spatial-functions-plus",
    "cql2/basic-cql2": "cql2-filter property binary-comparison-predicate null-predicate",
    "cql2/advanced-comparison-operators": "like-predicate between-predicate in-predicate",
    "cql2/case-insensitive-comparison": "casei-function",
    "cql2/accent-insensitive-comparison": "accenti-function",
    "cql2/basic-spatial-functions": "spatial-predicate",
    "cql2/basic-spatial-functions-plus": "spatial-data-types",
}
REQUIREMENTS = {f"{name}/{one}" for name, required in REQUIRED.items() for one in required.split()}
PROOFS: defaultdict[str, list[Callable[..., Any]]] = defaultdict(list)


def proves(classes: str, requirements: str) -> Callable[[TestT], TestT]:
    """Say that a test proves these requirements of these classes."""

    def said(test: TestT) -> TestT:
        for name in classes.split():
            for one in requirements.split():
                PROOFS[f"{name}/{one}"].append(test)
        return test

    return said


def uri(name: str) -> str:
    """Return the address of a conformance class."""
    standard, _, last = name.partition("/")
    return f"http://www.opengis.net/spec/{standard if standard == 'cql2' else f'ogcapi-{standard}'}/1.0/conf/{last}"
