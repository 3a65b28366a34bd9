# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach any service; every connection fragment is used together with this one."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - requests
options:
  ca_path:
    description:
      - File with the certificates of the authorities that are trusted, in PEM form.
      - By default those of the Python library C(requests).
    type: path
  client_cert:
    description: File with the certificate that is shown to the services, in PEM form.
    type: path
  client_key:
    description: File with the private key of O(client_cert), if it is not in the same file.
    type: path
  validate_certs:
    description: Whether the certificates of the services are verified. Switch it off only for a trial.
    type: bool
    default: true
  timeout:
    description: How many seconds one request may take. A service of which no address answers in time makes the task I(unreachable).
    type: float
    default: 10.0
"""

    # For lookups, which take their options from variables and the environment, too.
    PLUGIN = r"""
options:
  ca_path:
    env: [{name: ZEUS_CA_PATH}]
  client_cert:
    env: [{name: ZEUS_CLIENT_CERT}]
  client_key:
    env: [{name: ZEUS_CLIENT_KEY}]
  validate_certs:
    env: [{name: ZEUS_VALIDATE_CERTS}]
  timeout:
    env: [{name: ZEUS_TIMEOUT}]
"""
