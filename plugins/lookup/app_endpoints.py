# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: app_endpoints
short_description: Where the instances of an app serve now
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Asks Marathon for apps and returns every instance that serves, which means that it runs and has passed all of its health checks.
  - It is asked once, however many apps are named. What is returned is true at that moment; who needs to follow an app, such as a router,
    reads Marathon's events.
extends_documentation_fragment:
  - zeus.paas.connection
  - zeus.paas.connection.plugin
  - zeus.paas.marathon
  - zeus.paas.marathon.plugin
options:
  _terms:
    description: The absolute ids of the apps, such as V(/production/shop/price/stable). An app that does not exist is an error.
    type: list
    elements: str
    required: true
seealso:
  - module: zeus.paas.marathon_app_info
"""

EXAMPLES = r"""
- name: Every instance is named
  ansible.builtin.debug:
    msg: "{{ item.host }}:{{ item.port }} runs {{ item.task }}"
  loop: "{{ query('zeus.paas.app_endpoints', '/production/shop/price/stable', marathon_urls=zeus_marathon_urls) }}"
  loop_control:
    label: "{{ item.task }}"

- name: A program is told where the price service is (the connection comes from the inventory's zeus_marathon_urls)
  ansible.builtin.debug:
    msg: "PRICE_SERVERS={{ query('zeus.paas.app_endpoints', '/production/shop/price/stable') | map(attribute='address') | join(',') }}"
"""

RETURN = r"""
_raw:
  description: One dictionary per instance that serves, ordered by app and task.
  type: list
  elements: dict
  contains:
    app:
      description: The id of the app.
      type: str
      sample: /production/shop/price/stable
    task:
      description: The id of the task.
      type: str
      sample: production_shop_price_stable.instance-0f6c7ff0-8c3a-11f0-9d5c-0242ac110002._app.1
    host:
      description: The name of the agent that the task runs on.
      type: str
      sample: agent-11.bj01.example.com
    port:
      description: The first port of the task on that host; absent if it has none.
      type: int
      sample: 31005
    ports:
      description: All ports of the task on that host.
      type: list
      elements: int
      sample: [31005]
    address:
      description: C(address:port) where the routers reach it, with the first port, an IPv6 address in brackets; absent without a port.
      type: str
      sample: 10.1.0.11:31005
"""

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.zeus.paas.plugins.module_utils._connection import marathon_from
from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._marathon_info import endpoints


class LookupModule(LookupBase):
    """Terms are app ids; the work is done by what marathon_app_info uses, too."""

    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        try:
            return endpoints(marathon_from(self.get_options()), terms)
        except ZeusError as error:
            raise AnsibleError(f"zeus.paas.app_endpoints: {error.message}") from error
