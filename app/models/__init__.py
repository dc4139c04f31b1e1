"""What the registry knows: one file per noun, its table and its shapes together."""

from app.models.base import CodeName, Public
from app.models.official_count import OfficialCount, OfficialCountCreate, OfficialCountPublic
from app.models.organisation import (
    Membership,
    MembershipCreate,
    Organisation,
    OrganisationCreate,
    OrganisationKind,
    OrganisationPublic,
    Role,
)
from app.models.pole import (
    Pole,
    PoleCreate,
    PoleFormerName,
    PolePublic,
    PoleSector,
    PoleUnit,
    Precision,
    Status,
    UnitKind,
)
from app.models.revision import (
    FOREVER,
    Action,
    Document,
    FacetSet,
    Kind,
    Registry,
    Revision,
    RevisionTerm,
    Term,
    Write,
)
from app.models.sector import Sector, SectorCreate, SectorPublic
from app.models.source import Citation, CitedKind, Source, SourceCreate, SourceRef
from app.models.territory import (
    Commune,
    CommunePostcode,
    CommunePublic,
    Cress,
    Departement,
    DepartementPublic,
    Epci,
    EpciDepartement,
    EpciPublic,
    Ept,
    FormerCommune,
    Region,
    RegionPublic,
    Spelling,
)
from app.models.wave import Evidence, Label, LabelCreate, Outcome, Wave, WaveCreate, WaveKind, WavePublic

__all__ = [name for name in dir() if name[0].isupper()]
