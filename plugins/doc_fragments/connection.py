# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach any service; every connection fragment is used together with this one."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - requests
notes:
  - >-
    Connection options may be given to each task, once for all modules of an action group by C(module_defaults), or by environment
    variables. The task counts most, then C(module_defaults), then the environment, then the default. An empty variable counts as none.
  - >-
    The environment is that of the host which runs the module, with C(connection=local) that of C(ansible-playbook) itself. Do not set
    secrets by the keyword C(environment) of a task; Ansible shows its values at V(-vvv).
options:
  ca_path:
    description:
      - File with the certificates of the authorities that are trusted, in PEM form.
      - By default those of the Python library C(requests).
      - If this is not given, the environment variable E(ZEUS_CA_PATH) counts.
    type: path
  client_cert:
    description:
      - File with the certificate that is shown to the services, in PEM form.
      - If this is not given, the environment variable E(ZEUS_CLIENT_CERT) counts.
    type: path
  client_key:
    description:
      - File with the private key of O(client_cert), in PEM form without a passphrase, if it is not in the same file.
      - If this is not given, the environment variable E(ZEUS_CLIENT_KEY) counts.
    type: path
  validate_certs:
    description:
      - Whether the certificates of the services are verified. Switch it off only for a trial.
      - If this is not given, the environment variable E(ZEUS_VALIDATE_CERTS) counts, as V(true) or V(false).
    type: bool
    default: true
  timeout:
    description:
      - How many seconds one request may take, such as V(2.5). A service of which no address answers in time makes the task
        I(unreachable).
      - If this is not given, the environment variable E(ZEUS_TIMEOUT) counts.
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
