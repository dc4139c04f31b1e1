# The versions of uv.lock, in an image that holds nothing to build or test with.
FROM python:3.13-slim-bookworm AS build
RUN pip install --no-cache-dir "uv>=0.9,<1"
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /srv/ptce
# Dependencies first: a change of code does not install them again.
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --locked --no-install-project
COPY alembic.ini ./
COPY app app
COPY migrations migrations
COPY seed seed
# Editable, since the application finds seed/ and migrations/ beside app/.
RUN uv sync --locked && .venv/bin/python -m compileall -q app migrations

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --user-group --no-create-home ptce && install -d -o ptce -g ptce /data
COPY --from=build /srv/ptce /srv/ptce
WORKDIR /srv/ptce
ENV PATH=/srv/ptce/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/ptce.sqlite \
    HOST=0.0.0.0 \
    PORT=8000
USER ptce
VOLUME /data
EXPOSE 8000
# The first start fills the database before it answers.
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s --start-interval=2s \
    CMD ["python", "-c", "import httpx, os; httpx.get(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/ready').raise_for_status()"]
CMD ["ptce", "serve"]
