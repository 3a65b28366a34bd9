#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: program_files
short_description: The folder of a program holds exactly these files
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Brings source files from the controller to a folder on the host, all of them in one message, and removes everything else from that
    folder. That is what the roles of this collection install their programs with.
  - Files get mode V(0644) and folders V(0755), and belong to the user that the task runs as. Each file is replaced whole.
  - It is not for large or binary files; see M(ansible.builtin.unarchive) for these.
options:
  dest:
    description:
      - The folder on the host. Nothing else may live in it but C(__pycache__), which is left alone.
      - A folder that holds files, and none of the program's, is refused, so that a mistyped path empties nothing.
    type: path
    required: true
  sources:
    description:
      - What the folder holds - names below O(dest), and the files or folders on the controller that they are. Relative ones are looked up
        as M(ansible.builtin.copy) does it, in C(files) of the role first.
      - >-
        An example of the shape is C({zeus_engine: zeus_engine, apply.py: bin/apply.py}).
      - Only text in UTF-8; hidden files and what Python leaves behind are not taken.
    type: dict
    required: true
  libraries:
    description:
      - Whether the private libraries of this collection that the Python sources import come along, at their place below
        C(ansible_collections), so that C(PYTHONPATH=dest) is enough to run the program.
    type: bool
    default: false
  content:
    description: Set by the action plugin, which packs the files on the controller. It is not for tasks.
    type: str
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.state_module
attributes:
  diff_mode:
    details: Shows the text of the files that differ, and mode and owner where these alone do.
  action_group:
    support: none
    membership: []
    details: It takes no connection options.
seealso:
  - module: ansible.builtin.copy
"""

EXAMPLES = r"""
# tools: a folder on the host, /usr/local/lib/shop-tools
- name: The team's tools are there, and nothing else
  zeus.paas.program_files:
    dest: "{{ tools }}"
    sources:
      policies: policies
      shop.yml: projects/shop.yml
"""

RETURN = r"""
changes:
  description: >-
    The objects that differed and were changed, in check mode those that would be.
    They are files and folders.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: What differed.
      type: str
      sample: policies/testers.yml
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: update
    fields:
      description: The top-level fields that differ.
      type: list
      elements: str
      sample: [text]
digest:
  description: A checksum of the files' names and texts, for those who want to know whether a process runs this program or an older one.
  returned: success
  type: str
  sample: 4bd9d4a3f1f5d5b41d5f3f9a7b0ff1f65f2c0b6a7f35c9b1a4f8dbd6fe1b2c3d
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._program_files import ProgramFiles, definitions, diff, digest, unpacked
from ansible_collections.zeus.paas.plugins.module_utils._resource import reconcile

ARGUMENTS = {
    "dest": {"type": "path", "required": True},
    "sources": {"type": "dict", "required": True},
    "libraries": {"type": "bool", "default": False},
    # No secret, but much too long for logs.
    "content": {"type": "str", "no_log": True},
}


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    dest = Path(module.params["dest"])
    if module.params["content"] is None:
        module.fail_json(
            msg="content: the action plugin zeus.paas.program_files has not packed the files; call the module by its full name"
        )
    files = unpacked(module.params["content"])
    wanted = definitions(files)
    try:
        outcome = reconcile(ProgramFiles(dest), wanted, check_mode=module.check_mode, prune=True)
    except ZeusError as error:
        module.fail_json(msg=error.message)
    except OSError as error:
        module.fail_json(msg=f"{error.filename or dest}: {error.strerror}")
    told = outcome.result()
    module.exit_json(changed=told["changed"], changes=told["changes"], digest=digest(files), diff=diff(outcome, dest))


if __name__ == "__main__":
    main()
