# SPDX-License-Identifier: GPL-3.0-or-later
# Debian 13 as a controller: its own Python, curl for the commands that unit tests run, and the client of the machine's Docker, which the tests' hosts run in.
ARG ROOT
FROM ${ROOT}
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 python3-venv docker-cli ca-certificates curl procps \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
