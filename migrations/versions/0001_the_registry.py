"""The registry: facts, official geography, revision log and its index."""

import secrets

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _bytewise() -> sa.types.TypeEngine[str]:
    return sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "epci",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("nature", sa.String(length=30), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name=op.f("ck_epci_point")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_epci_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_epci_longitude")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_epci")),
    )
    op.create_table(
        "ept",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_ept")),
    )
    op.create_table(
        "facet_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facet_set")),
        sa.UniqueConstraint("content", name=op.f("uq_facet_set_content")),
    )
    op.create_table(
        "official_count",
        sa.Column("as_of", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("counts_what", sa.String(length=500), nullable=False),
        sa.Column("publisher", sa.String(length=500), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.CheckConstraint(
            "as_of IS NULL OR (as_of LIKE '____' OR as_of LIKE '____-__' OR as_of LIKE '____-__-__') AND rtrim(substr(as_of, 1, 4), '0123456789') = '' AND rtrim(substr(as_of, 6, 2), '0123456789') = '' AND rtrim(substr(as_of, 9, 2), '0123456789') = '' AND substr(as_of, 1, 4) >= '1000' AND (length(as_of) = 4 OR substr(as_of, 6, 2) BETWEEN '01' AND '12') AND (length(as_of) < 10 OR substr(as_of, 9, 2) BETWEEN '01' AND '31')",
            name=op.f("ck_official_count_as_of"),
        ),
        sa.CheckConstraint("count >= 0", name=op.f("ck_official_count_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_count")),
        sa.UniqueConstraint(
            "as_of", "counts_what", "publisher", name=op.f("uq_official_count_as_of_counts_what_publisher")
        ),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name=op.f("ck_region_point")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_region_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_region_longitude")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    op.create_table(
        "registry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(length=16), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_registry_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry")),
    )
    op.create_table(
        "sector",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_sector")),
    )
    op.create_table(
        "source",
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("publisher", sa.String(length=500), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("url", name=op.f("uq_source_url")),
    )
    op.create_table(
        "spelling",
        sa.Column("filter", sa.String(length=20), nullable=False),
        sa.Column("spelling", sa.String(), nullable=False),
        sa.Column("term", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("notice", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("filter", "spelling", "term", "value", name=op.f("pk_spelling")),
    )
    with op.batch_alter_table("spelling", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spelling_value"), ["value"], unique=False)

    op.create_table(
        "term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("pole", "organisation", "wave", name="kind", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term")),
        sa.UniqueConstraint("kind", "name", "value", name=op.f("uq_term_kind_name_value")),
    )
    with op.batch_alter_table("term", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_term_value"), ["value"], unique=False)

    op.create_table(
        "wave",
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("AAP", "AMI", "programme", name="wavekind", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("opened_on", sa.String(), nullable=True),
        sa.Column("closed_on", sa.String(), nullable=True),
        sa.Column("results_on", sa.String(), nullable=True),
        sa.Column("candidates", sa.Integer(), nullable=True),
        sa.Column("laureates", sa.Integer(), nullable=True),
        sa.Column("budget_eur", sa.Integer(), nullable=True),
        sa.Column("duration_months", sa.Integer(), nullable=True),
        sa.Column("issuer", sa.String(), nullable=True),
        sa.Column("notes", sa.String(), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.CheckConstraint(
            "closed_on IS NULL OR (closed_on LIKE '____' OR closed_on LIKE '____-__' OR closed_on LIKE '____-__-__') AND rtrim(substr(closed_on, 1, 4), '0123456789') = '' AND rtrim(substr(closed_on, 6, 2), '0123456789') = '' AND rtrim(substr(closed_on, 9, 2), '0123456789') = '' AND substr(closed_on, 1, 4) >= '1000' AND (length(closed_on) = 4 OR substr(closed_on, 6, 2) BETWEEN '01' AND '12') AND (length(closed_on) < 10 OR substr(closed_on, 9, 2) BETWEEN '01' AND '31')",
            name=op.f("ck_wave_closed_on"),
        ),
        sa.CheckConstraint(
            "opened_on IS NULL OR (opened_on LIKE '____' OR opened_on LIKE '____-__' OR opened_on LIKE '____-__-__') AND rtrim(substr(opened_on, 1, 4), '0123456789') = '' AND rtrim(substr(opened_on, 6, 2), '0123456789') = '' AND rtrim(substr(opened_on, 9, 2), '0123456789') = '' AND substr(opened_on, 1, 4) >= '1000' AND (length(opened_on) = 4 OR substr(opened_on, 6, 2) BETWEEN '01' AND '12') AND (length(opened_on) < 10 OR substr(opened_on, 9, 2) BETWEEN '01' AND '31')",
            name=op.f("ck_wave_opened_on"),
        ),
        sa.CheckConstraint(
            "results_on IS NULL OR (results_on LIKE '____' OR results_on LIKE '____-__' OR results_on LIKE '____-__-__') AND rtrim(substr(results_on, 1, 4), '0123456789') = '' AND rtrim(substr(results_on, 6, 2), '0123456789') = '' AND rtrim(substr(results_on, 9, 2), '0123456789') = '' AND substr(results_on, 1, 4) >= '1000' AND (length(results_on) = 4 OR substr(results_on, 6, 2) BETWEEN '01' AND '12') AND (length(results_on) < 10 OR substr(results_on, 9, 2) BETWEEN '01' AND '31')",
            name=op.f("ck_wave_results_on"),
        ),
        sa.CheckConstraint("budget_eur >= 0", name=op.f("ck_wave_budget_eur")),
        sa.CheckConstraint("candidates >= 0", name=op.f("ck_wave_candidates")),
        sa.CheckConstraint("duration_months >= 0", name=op.f("ck_wave_duration_months")),
        sa.CheckConstraint("laureates >= 0", name=op.f("ck_wave_laureates")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave")),
    )
    op.create_table(
        "write",
        sa.Column("serial", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_revision", sa.Integer(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("editor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_write")),
    )
    with op.batch_alter_table("write", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_write_recorded_at"), ["recorded_at"], unique=False)

    op.create_table(
        "citation",
        sa.Column(
            "kind",
            sa.Enum(
                "pole",
                "organisation",
                "label",
                "membership",
                "wave",
                "cress",
                "official_count",
                name="citedkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["source.id"], name=op.f("fk_citation_source_source")),
        sa.PrimaryKeyConstraint("kind", "record", "field", "source", name=op.f("pk_citation")),
    )
    with op.batch_alter_table("citation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_citation_source"), ["source"], unique=False)

    op.create_table(
        "cress",
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("website", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_cress_region_region")),
        sa.PrimaryKeyConstraint("region", name=op.f("pk_cress")),
    )
    op.create_table(
        "departement",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name=op.f("ck_departement_point")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_departement_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_departement_longitude")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_departement_region_region")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_departement")),
    )
    with op.batch_alter_table("departement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_departement_region"), ["region"], unique=False)

    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("pole", "organisation", "wave", name="kind", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("record_id", _bytewise(), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "created",
                "updated",
                "retired",
                "merged",
                "restored",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("name_sort", _bytewise(), nullable=False),
        sa.Column("year_sort", sa.Integer(), nullable=True),
        sa.Column("active_from", sa.String(length=10), nullable=True),
        sa.Column("active_until", sa.String(length=10), nullable=True),
        sa.Column("facet_set", sa.Integer(), nullable=True),
        sa.Column("successor", sa.String(), nullable=True),
        sa.CheckConstraint("action <> 'merged' OR successor IS NOT NULL", name=op.f("ck_revision_successor")),
        sa.CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name=op.f("ck_revision_point")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_revision_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_revision_longitude")),
        sa.CheckConstraint("until > id", name=op.f("ck_revision_until")),
        sa.ForeignKeyConstraint(["facet_set"], ["facet_set.id"], name=op.f("fk_revision_facet_set_facet_set")),
        sa.ForeignKeyConstraint(["serial"], ["write.serial"], name=op.f("fk_revision_serial_write")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
    )
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.create_index("ix_revision_name", ["kind", "name_sort", "record_id", "until"], unique=False)
        batch_op.create_index("ix_revision_record", ["kind", "record_id", "until"], unique=False)
        batch_op.create_index(batch_op.f("ix_revision_serial"), ["serial"], unique=False)

    op.create_table(
        "commune",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("name_folded", _bytewise(), nullable=False),
        sa.Column("departement", sa.String(), nullable=False),
        sa.Column("epci", sa.String(), nullable=True),
        sa.Column("ept", sa.String(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name=op.f("ck_commune_point")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_commune_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_commune_longitude")),
        sa.ForeignKeyConstraint(["departement"], ["departement.code"], name=op.f("fk_commune_departement_departement")),
        sa.ForeignKeyConstraint(["epci"], ["epci.code"], name=op.f("fk_commune_epci_epci")),
        sa.ForeignKeyConstraint(["ept"], ["ept.code"], name=op.f("fk_commune_ept_ept")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_commune")),
    )
    with op.batch_alter_table("commune", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commune_departement"), ["departement"], unique=False)
        batch_op.create_index(batch_op.f("ix_commune_epci"), ["epci"], unique=False)
        batch_op.create_index(batch_op.f("ix_commune_name_folded"), ["name_folded"], unique=False)

    op.create_table(
        "document",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("feature", sa.LargeBinary(), nullable=False),
        sa.Column("row", sa.LargeBinary(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["revision"], ["revision.id"], name=op.f("fk_document_revision_revision")),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_document")),
    )
    op.create_table(
        "epci_departement",
        sa.Column("epci", sa.String(), nullable=False),
        sa.Column("departement", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["departement"], ["departement.code"], name=op.f("fk_epci_departement_departement_departement")
        ),
        sa.ForeignKeyConstraint(["epci"], ["epci.code"], name=op.f("fk_epci_departement_epci_epci")),
        sa.PrimaryKeyConstraint("epci", "departement", name=op.f("pk_epci_departement")),
    )
    with op.batch_alter_table("epci_departement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_epci_departement_departement"), ["departement"], unique=False)

    op.create_table(
        "revision_term",
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision"], ["revision.id"], name=op.f("fk_revision_term_revision_revision")),
        sa.ForeignKeyConstraint(["term"], ["term.id"], name=op.f("fk_revision_term_term_term")),
        sa.PrimaryKeyConstraint("term", "until", "revision", name=op.f("pk_revision_term")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "commune_postcode",
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["commune"], ["commune.code"], name=op.f("fk_commune_postcode_commune_commune")),
        sa.PrimaryKeyConstraint("commune", "postcode", name=op.f("pk_commune_postcode")),
    )
    with op.batch_alter_table("commune_postcode", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commune_postcode_postcode"), ["postcode"], unique=False)

    op.create_table(
        "former_commune",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["commune"], ["commune.code"], name=op.f("fk_former_commune_commune_commune")),
        sa.PrimaryKeyConstraint("code", "commune", name=op.f("pk_former_commune")),
    )
    op.create_table(
        "organisation",
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("acronym", sa.String(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "association",
                "cooperative",
                "company",
                "mutual",
                "foundation",
                "local_authority",
                "public_body",
                "research_education",
                "training",
                "other",
                name="organisationkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("legal_form", sa.String(), nullable=True),
        sa.Column("commune", sa.String(), nullable=True),
        sa.Column("siren", sa.String(), nullable=True),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["commune"], ["commune.code"], name=op.f("fk_organisation_commune_commune")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_commune"), ["commune"], unique=False)
        batch_op.create_index(batch_op.f("ix_organisation_siren"), ["siren"], unique=False)

    op.create_table(
        "pole",
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("acronym", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "emerging",
                "active",
                "inactive",
                "unknown",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("status_as_of", sa.String(), nullable=True),
        sa.Column("founded_year", sa.Integer(), nullable=True),
        sa.Column("ended_on", sa.String(), nullable=True),
        sa.Column("seat_address", sa.String(), nullable=True),
        sa.Column("seat_postcode", sa.String(), nullable=True),
        sa.Column("seat_commune", sa.String(), nullable=True),
        sa.Column("departement", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column(
            "seat_precision",
            sa.Enum(
                "address",
                "commune",
                "departement",
                "region",
                "none",
                name="precision",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("territory_text", sa.String(), nullable=True),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("member_count", sa.Integer(), nullable=True),
        sa.Column("job_count", sa.Integer(), nullable=True),
        sa.Column("notes", sa.String(), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.CheckConstraint(
            "ended_on IS NULL OR (ended_on LIKE '____' OR ended_on LIKE '____-__' OR ended_on LIKE '____-__-__') AND rtrim(substr(ended_on, 1, 4), '0123456789') = '' AND rtrim(substr(ended_on, 6, 2), '0123456789') = '' AND rtrim(substr(ended_on, 9, 2), '0123456789') = '' AND substr(ended_on, 1, 4) >= '1000' AND (length(ended_on) = 4 OR substr(ended_on, 6, 2) BETWEEN '01' AND '12') AND (length(ended_on) < 10 OR substr(ended_on, 9, 2) BETWEEN '01' AND '31')",
            name=op.f("ck_pole_ended_on"),
        ),
        sa.CheckConstraint(
            "status_as_of IS NULL OR (status_as_of LIKE '____' OR status_as_of LIKE '____-__' OR status_as_of LIKE '____-__-__') AND rtrim(substr(status_as_of, 1, 4), '0123456789') = '' AND rtrim(substr(status_as_of, 6, 2), '0123456789') = '' AND rtrim(substr(status_as_of, 9, 2), '0123456789') = '' AND substr(status_as_of, 1, 4) >= '1000' AND (length(status_as_of) = 4 OR substr(status_as_of, 6, 2) BETWEEN '01' AND '12') AND (length(status_as_of) < 10 OR substr(status_as_of, 9, 2) BETWEEN '01' AND '31')",
            name=op.f("ck_pole_status_as_of"),
        ),
        sa.CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name=op.f("ck_pole_point")),
        sa.CheckConstraint("founded_year BETWEEN 1800 AND 2200", name=op.f("ck_pole_founded_year")),
        sa.CheckConstraint("job_count >= 0", name=op.f("ck_pole_job_count")),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_pole_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_pole_longitude")),
        sa.CheckConstraint("member_count >= 0", name=op.f("ck_pole_member_count")),
        sa.ForeignKeyConstraint(["departement"], ["departement.code"], name=op.f("fk_pole_departement_departement")),
        sa.ForeignKeyConstraint(["region"], ["region.code"], name=op.f("fk_pole_region_region")),
        sa.ForeignKeyConstraint(["seat_commune"], ["commune.code"], name=op.f("fk_pole_seat_commune_commune")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pole")),
    )
    with op.batch_alter_table("pole", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pole_region"), ["region"], unique=False)
        batch_op.create_index(batch_op.f("ix_pole_seat_commune"), ["seat_commune"], unique=False)

    op.create_table(
        "label",
        sa.Column(
            "outcome",
            sa.Enum("laureate", "supported", name="outcome", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("awarded_on", sa.String(), nullable=True),
        sa.Column("funding_eur", sa.Integer(), nullable=True),
        sa.Column(
            "evidence",
            sa.Enum("stated", "inferred", name="evidence", native_enum=False, create_constraint=True, length=30),
            nullable=False,
        ),
        sa.Column("notes", sa.String(), nullable=True),
        sa.Column("pole", sa.String(), nullable=False),
        sa.Column("wave", sa.String(), nullable=False),
        sa.CheckConstraint(
            "awarded_on IS NULL OR (awarded_on LIKE '____' OR awarded_on LIKE '____-__' OR awarded_on LIKE '____-__-__') AND rtrim(substr(awarded_on, 1, 4), '0123456789') = '' AND rtrim(substr(awarded_on, 6, 2), '0123456789') = '' AND rtrim(substr(awarded_on, 9, 2), '0123456789') = '' AND substr(awarded_on, 1, 4) >= '1000' AND (length(awarded_on) = 4 OR substr(awarded_on, 6, 2) BETWEEN '01' AND '12') AND (length(awarded_on) < 10 OR substr(awarded_on, 9, 2) BETWEEN '01' AND '31')",
            name=op.f("ck_label_awarded_on"),
        ),
        sa.CheckConstraint("funding_eur >= 0", name=op.f("ck_label_funding_eur")),
        sa.ForeignKeyConstraint(["pole"], ["pole.id"], name=op.f("fk_label_pole_pole")),
        sa.ForeignKeyConstraint(["wave"], ["wave.id"], name=op.f("fk_label_wave_wave")),
        sa.PrimaryKeyConstraint("pole", "wave", name=op.f("pk_label")),
    )
    with op.batch_alter_table("label", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_label_wave"), ["wave"], unique=False)

    op.create_table(
        "membership",
        sa.Column(
            "role",
            sa.Enum(
                "carrier",
                "founder",
                "member",
                "partner",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.String(), nullable=True),
        sa.Column("until", sa.String(), nullable=True),
        sa.Column("pole", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.CheckConstraint(
            "since IS NULL OR (since LIKE '____' OR since LIKE '____-__' OR since LIKE '____-__-__') AND rtrim(substr(since, 1, 4), '0123456789') = '' AND rtrim(substr(since, 6, 2), '0123456789') = '' AND rtrim(substr(since, 9, 2), '0123456789') = '' AND substr(since, 1, 4) >= '1000' AND (length(since) = 4 OR substr(since, 6, 2) BETWEEN '01' AND '12') AND (length(since) < 10 OR substr(since, 9, 2) BETWEEN '01' AND '31')",
            name=op.f("ck_membership_since"),
        ),
        sa.CheckConstraint(
            "until IS NULL OR (until LIKE '____' OR until LIKE '____-__' OR until LIKE '____-__-__') AND rtrim(substr(until, 1, 4), '0123456789') = '' AND rtrim(substr(until, 6, 2), '0123456789') = '' AND rtrim(substr(until, 9, 2), '0123456789') = '' AND substr(until, 1, 4) >= '1000' AND (length(until) = 4 OR substr(until, 6, 2) BETWEEN '01' AND '12') AND (length(until) < 10 OR substr(until, 9, 2) BETWEEN '01' AND '31')",
            name=op.f("ck_membership_until"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisation.id"], name=op.f("fk_membership_organisation_organisation")
        ),
        sa.ForeignKeyConstraint(["pole"], ["pole.id"], name=op.f("fk_membership_pole_pole")),
        sa.PrimaryKeyConstraint("pole", "organisation", name=op.f("pk_membership")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_organisation"), ["organisation"], unique=False)

    op.create_table(
        "pole_former_name",
        sa.Column("pole", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["pole"], ["pole.id"], name=op.f("fk_pole_former_name_pole_pole")),
        sa.PrimaryKeyConstraint("pole", "position", name=op.f("pk_pole_former_name")),
    )
    op.create_table(
        "pole_sector",
        sa.Column("pole", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pole"], ["pole.id"], name=op.f("fk_pole_sector_pole_pole")),
        sa.ForeignKeyConstraint(["sector"], ["sector.code"], name=op.f("fk_pole_sector_sector_sector")),
        sa.PrimaryKeyConstraint("pole", "sector", name=op.f("pk_pole_sector")),
    )
    with op.batch_alter_table("pole_sector", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pole_sector_sector"), ["sector"], unique=False)

    op.create_table(
        "pole_unit",
        sa.Column("pole", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "commune",
                "epci",
                "ept",
                "departement",
                "region",
                name="unitkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pole"], ["pole.id"], name=op.f("fk_pole_unit_pole_pole")),
        sa.PrimaryKeyConstraint("pole", "kind", "code", name=op.f("pk_pole_unit")),
    )
    _create_search()
    op.execute(sa.text("INSERT INTO registry (id, epoch) VALUES (1, :epoch)").bindparams(epoch=secrets.token_hex(4)))


def _create_search() -> None:
    """Text and boxes: virtual tables on SQLite, GIN and GiST on PostgreSQL; same names, one row a listed revision."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE revision_text USING fts5(words, content='', tokenize='ascii')")
        op.execute("CREATE VIRTUAL TABLE revision_box USING rtree_i32(id, x0, x1, y0, y1, t0, t1)")
        return
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("CREATE TABLE revision_text (revision integer PRIMARY KEY REFERENCES revision, words tsvector NOT NULL)")
    op.execute("CREATE INDEX ix_revision_text_words ON revision_text USING gin (words)")
    op.execute(
        "CREATE TABLE revision_box (revision integer PRIMARY KEY REFERENCES revision, point geometry(Point, 4326) NOT NULL)"
    )
    op.execute("CREATE INDEX ix_revision_box_point ON revision_box USING gist (point)")
    # Documents inline and uncompressed: a page of them is read without a second look-up for each.
    for column in ("body", "feature", "row"):
        op.execute(f'ALTER TABLE document ALTER COLUMN "{column}" SET STORAGE EXTERNAL')
    op.execute("ALTER TABLE document SET (toast_tuple_target = 8160)")


def downgrade() -> None:
    for table in ("revision_box", "revision_text"):
        op.execute(f"DROP TABLE {table}")
    op.drop_table("pole_unit")
    with op.batch_alter_table("pole_sector", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pole_sector_sector"))

    op.drop_table("pole_sector")
    op.drop_table("pole_former_name")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_organisation"))

    op.drop_table("membership")
    with op.batch_alter_table("label", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_wave"))

    op.drop_table("label")
    with op.batch_alter_table("pole", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pole_seat_commune"))
        batch_op.drop_index(batch_op.f("ix_pole_region"))

    op.drop_table("pole")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_siren"))
        batch_op.drop_index(batch_op.f("ix_organisation_commune"))

    op.drop_table("organisation")
    op.drop_table("former_commune")
    with op.batch_alter_table("commune_postcode", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commune_postcode_postcode"))

    op.drop_table("commune_postcode")
    op.drop_table("revision_term")
    with op.batch_alter_table("epci_departement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_epci_departement_departement"))

    op.drop_table("epci_departement")
    op.drop_table("document")
    with op.batch_alter_table("commune", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commune_name_folded"))
        batch_op.drop_index(batch_op.f("ix_commune_epci"))
        batch_op.drop_index(batch_op.f("ix_commune_departement"))

    op.drop_table("commune")
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_revision_serial"))
        batch_op.drop_index("ix_revision_record")
        batch_op.drop_index("ix_revision_name")

    op.drop_table("revision")
    with op.batch_alter_table("departement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_departement_region"))

    op.drop_table("departement")
    op.drop_table("cress")
    with op.batch_alter_table("citation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_citation_source"))

    op.drop_table("citation")
    with op.batch_alter_table("write", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_write_recorded_at"))

    op.drop_table("write")
    op.drop_table("wave")
    with op.batch_alter_table("term", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_term_value"))

    op.drop_table("term")
    with op.batch_alter_table("spelling", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spelling_value"))

    op.drop_table("spelling")
    op.drop_table("source")
    op.drop_table("sector")
    op.drop_table("registry")
    op.drop_table("region")
    op.drop_table("official_count")
    op.drop_table("facet_set")
    op.drop_table("ept")
    op.drop_table("epci")
