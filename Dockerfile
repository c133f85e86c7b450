FROM python:3.12-slim AS build
WORKDIR /source
RUN python -m venv /opt/pbxd
COPY pyproject.toml README.md LICENSE ./
COPY pbxd pbxd
RUN /opt/pbxd/bin/pip install --no-cache-dir '.[server]'

FROM python:3.12-slim
RUN useradd --system --uid 5060 --create-home --home-dir /srv/pbxd pbxd
COPY --from=build /opt/pbxd /opt/pbxd
# The example; mount a directory with your own pbxd.yaml over it. What is kept (`data`, `database`) lies beside it in var/.
COPY --chown=pbxd config /srv/pbxd
ENV PATH=/opt/pbxd/bin:$PATH PBXD_CONFIG=/srv/pbxd/pbxd.yaml
USER pbxd
WORKDIR /srv/pbxd
VOLUME /srv/pbxd
STOPSIGNAL SIGTERM
# Ready, or on its way out: a container that drains its calls is not ill.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
    CMD ["sh", "-c", "pbxd health || [ $? = 1 ]"]
ENTRYPOINT ["pbxd"]
CMD ["run"]
