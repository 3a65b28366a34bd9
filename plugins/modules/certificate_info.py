#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate_info
short_description: Show what is wrong with certificates, and which ones are served
version_added: 0.2.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Looks at certificates before they are laid down, whether each fits its key, its chain, its dates and its names.
  - Asks servers which certificate they show. Only that says what clients see; a file says what they will see after the next start.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.info_module
attributes:
  action_group:
    support: none
    membership: []
    details: It takes no connection options.
requirements:
  - cryptography
options:
  certificates:
    description:
      - Certificates to be looked at.
      - >-
        An example of the shape is C([{names: [shop.example.com], certificate: "-----BEGIN CERTIFICATE----- ...", key: "..."}]).
    type: list
    elements: dict
    default: []
    suboptions:
      names:
        description: Names that it has to be for. The first one stands in messages.
        type: list
        elements: str
        required: true
      certificate:
        description: The certificate as PEM, behind it the certificates of its chain, without the root.
        type: str
        required: true
      key:
        description: Its key as PEM, without a passphrase. Without it nothing is said of a key.
        type: str
        default: ""
  endpoints:
    description:
      - Servers to be asked.
      - >-
        An example of the shape is C([{endpoint: "10.1.0.21:443", name: shop.example.com}]).
    type: list
    elements: dict
    default: []
    suboptions:
      endpoint:
        description: Address and port, as C(address:port).
        type: str
        required: true
      name:
        description: The name that a client asks for. Without it the server shows what it shows to clients that ask for none.
        type: str
        default: ""
  valid_days:
    description: A certificate that ends in less than this number of days is a problem.
    type: float
    default: 0
  strict:
    description: Whether the task fails if something is wrong.
    type: bool
    default: false
  answer_timeout:
    description: For how many seconds one server may keep silent.
    type: float
    default: 5
seealso:
  - module: zeus.paas.router_info
"""

EXAMPLES = r"""
- name: What do the routers show?
  zeus.paas.certificate_info:
    endpoints:
      - {endpoint: "127.0.0.1:9", name: shop.example.com}
  register: found

- name: Nobody answers there
  ansible.builtin.assert:
    that: "'refused' in found.served[0].problem"
"""

RETURN = r"""
certificates:
  description: What was given, in this order.
  returned: success
  type: list
  elements: dict
  contains:
    subject:
      description: Whose it is, by its common name.
      type: str
      sample: shop.example.com
    issuer:
      description: Who has signed it.
      type: str
      sample: CN=Example CA
    names:
      description: The names and addresses that it is for.
      type: list
      elements: str
      sample: [shop.example.com, "*.shop.example.com"]
    not_before:
      description: When it begins to be valid, in seconds since 1970.
      type: float
      sample: 1795377515.0
    not_after:
      description: When it ends, in seconds since 1970.
      type: float
      sample: 1803153515.0
    fingerprint:
      description: The sha256 of the certificate.
      type: str
      sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    problems:
      description: What is wrong with it.
      type: list
      elements: str
      sample: []
served:
  description: What each of O(endpoints) shows. Without an answer there is only C(problem) beside what was asked.
  returned: success
  type: list
  elements: dict
  contains:
    endpoint:
      description: The server.
      type: str
      sample: 10.1.0.21:443
    name:
      description: The name that was asked for.
      type: str
      sample: shop.example.com
    problem:
      description: Why nothing is known of it, or that it is not for this name; empty if all is well.
      type: str
      sample: ""
    subject:
      description: Whose it is, by its common name.
      returned: if it answers
      type: str
      sample: shop.example.com
    issuer:
      description: Who has signed it.
      returned: if it answers
      type: str
      sample: CN=Example CA
    names:
      description: The names and addresses that it is for.
      returned: if it answers
      type: list
      elements: str
      sample: [shop.example.com]
    not_before:
      description: When it begins to be valid, in seconds since 1970.
      returned: if it answers
      type: float
      sample: 1795377515.0
    not_after:
      description: When it ends, in seconds since 1970.
      returned: if it answers
      type: float
      sample: 1803153515.0
    fingerprint:
      description: The sha256 of the certificate.
      returned: if it answers
      type: str
      sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
problems:
  description: All that is wrong, in sentences.
  returned: success
  type: list
  elements: str
  sample: []
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._certificates import check, covers, from_der
from ansible_collections.zeus.paas.plugins.module_utils._errors import AwayError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._tls import shown

CERTIFICATE = {
    "names": {"type": "list", "elements": "str", "required": True},
    "certificate": {"type": "str", "required": True},
    "key": {"type": "str", "default": "", "no_log": True},
}
ENDPOINT = {"endpoint": {"type": "str", "required": True}, "name": {"type": "str", "default": ""}}
ARGUMENTS = {
    "certificates": {"type": "list", "elements": "dict", "default": [], "options": CERTIFICATE},
    "endpoints": {"type": "list", "elements": "dict", "default": [], "options": ENDPOINT},
    "valid_days": {"type": "float", "default": 0.0},
    "strict": {"type": "bool", "default": False},
    "answer_timeout": {"type": "float", "default": 5.0},
}


def looked_at(given, days):
    source = given["names"][0] if given["names"] else "certificates"
    certificate, problems = check(given["certificate"], given["key"], given["names"], source, now=time.time(), days=days)
    return {**certificate.told(), "problems": problems}


def asked(given, timeout):
    address, _colon, port = given["endpoint"].rpartition(":")
    try:
        certificate = from_der(shown(address.strip("[]"), int(port), given["name"], timeout=timeout))
    except AwayError as error:
        return {**given, "problem": error.message}
    wrong = given["name"] and not covers(certificate.names, given["name"])
    return {
        **given,
        "problem": f"the certificate of {certificate.subject} is shown, which is not for {given['name']}" if wrong else "",
        **certificate.told(),
    }


def info(params):
    certificates = [looked_at(given, params["valid_days"]) for given in params["certificates"]]
    served = [asked(given, params["answer_timeout"]) for given in params["endpoints"]]
    problems = [
        f"{given['names'][0]}: {problem}"
        for given, found in zip(params["certificates"], certificates, strict=True)
        for problem in found["problems"]
    ]
    problems += [f"{one['endpoint']} ({one['name'] or 'no name'}): {one['problem']}" for one in served if one["problem"]]
    return {"changed": False, "certificates": certificates, "served": served, "problems": problems}


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    for given in module.params["endpoints"]:
        if not given["endpoint"].rpartition(":")[2].isdigit():
            module.fail_json(msg=f"endpoints: {given['endpoint']}: this is no endpoint; expected address:port, such as 10.1.0.21:443")
    if not all(given["names"] for given in module.params["certificates"]):
        module.fail_json(msg="certificates: one has no names; expected at least one, such as [shop.example.com]")
    try:
        result = info(module.params)
    except ZeusError as error:
        module.fail_json(msg=error.message)
    if module.params["strict"] and result["problems"]:
        module.fail_json(msg="; ".join(result["problems"]), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
