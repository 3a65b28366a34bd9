# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The flags of Mesos's programs, by the ``--help`` of 1.11.0, and environment files made of them.

Mesos ignores an unknown ``MESOS_*`` variable without a word (1.11.0, observed), so a typing error would go unnoticed: it is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, known_keys, mapping

_MASTER = """
acls advertise_ip advertise_port agent_ping_timeout agent_removal_rate_limit agent_reregister_timeout allocation_interval allocator
allocator_agent_recovery_factor allocator_recovery_timeout authenticate_agents authenticate_frameworks authenticate_http_frameworks
authenticate_http_readonly authenticate_http_readwrite authentication_v0_timeout authenticators authorizers cluster credentials domain
external_log_file fair_sharing_excluded_resource_names filter_gpu_resources firewall_rules framework_sorter help hooks hostname
hostname_lookup http_authenticators http_framework_authenticators initialize_driver_logging ip ip_discovery_command log_auto_initialize
log_dir logbufsecs logging_level master_contender master_detector max_agent_ping_timeouts max_completed_frameworks
max_completed_tasks_per_framework max_operator_event_stream_subscribers max_unreachable_tasks_per_framework memory_profiling
min_allocatable_resources modules modules_dir offer_constraints_re2_max_mem offer_constraints_re2_max_program_size offer_timeout port
publish_per_framework_metrics quiet quorum rate_limits recovery_agent_removal_limit registry registry_fetch_timeout registry_gc_interval
registry_max_agent_age registry_max_agent_count registry_store_timeout registry_strict require_agent_domain role_sorter roles
root_submissions version webui_dir weights whitelist work_dir zk zk_session_timeout
"""
_AGENT = """
acls advertise_ip advertise_port agent_features agent_subsystems allowed_devices appc_simple_discovery_uri_prefix appc_store_dir
attributes authenticate_http_executors authenticate_http_readonly authenticate_http_readwrite authenticatee
authentication_backoff_factor authentication_timeout_max authentication_timeout_min authorizer bounding_capabilities
cgroups_cpu_enable_pids_and_tids_count cgroups_destroy_timeout cgroups_enable_cfs cgroups_hierarchy cgroups_limit_swap
cgroups_net_cls_primary_handle cgroups_net_cls_secondary_handles cgroups_root container_disk_watch_interval container_logger
containerizers credential csi_plugin_config_dir default_container_dns default_container_info default_container_shm_size default_role
disallow_sharing_agent_ipc_namespace disallow_sharing_agent_pid_namespace disk_profile_adaptor disk_watch_interval docker docker_config
docker_ignore_runtime docker_kill_orphans docker_mesos_image docker_registry docker_remove_delay docker_socket docker_stop_timeout
docker_store_dir docker_volume_checkpoint_dir docker_volume_chown domain domain_socket_location effective_capabilities
enforce_container_disk_quota executor_environment_variables executor_registration_timeout executor_reregistration_retry_interval
executor_reregistration_timeout executor_shutdown_grace_period external_log_file fetcher_cache_dir fetcher_cache_size
fetcher_stall_timeout firewall_rules frameworks_home gc_delay gc_disk_headroom gc_non_executor_container_sandboxes hadoop_home help
hooks host_path_volume_force_creation hostname hostname_lookup http_authenticators http_command_executor http_credentials
http_executor_domain_sockets http_heartbeat_interval image_gc_config image_providers image_provisioner_backend initialize_driver_logging
ip ip6 ip6_discovery_command ip_discovery_command isolation jwt_secret_key launcher launcher_dir log_dir logbufsecs logging_level master
master_detector max_completed_executors_per_framework memory_profiling modules modules_dir network_cni_config_dir network_cni_metrics
network_cni_plugins_dir network_cni_root_dir_persist nvidia_gpu_devices oversubscribed_resources_interval perf_duration perf_events
perf_interval port qos_controller qos_correction_interval_min quiet reconfiguration_policy recover recovery_timeout
registration_backoff_factor resource_estimator resource_provider_config_dir resources revocable_cpu_low_priority runtime_dir
sandbox_directory seccomp_config_dir seccomp_profile_name secret_resolver strict switch_user systemd_enable_support
systemd_runtime_directory version volume_gid_range work_dir zk_session_timeout
"""
FLAGS = {"master": frozenset(_MASTER.split()), "agent": frozenset(_AGENT.split())}


def environment(own: Mapping[str, Any], settings: Any, program: str, variable: str) -> dict[str, Any]:
    """``MESOS_<FLAG>`` → value: the role's own flags and the user's settings.

    Raises InputError for a flag that there is not, or that the role sets itself.
    """
    where = Where(variable)
    given = mapping({} if settings is None else settings, where, "flags and values, such as {zk_session_timeout: 20secs}")
    known_keys(given, FLAGS[program], where, what=f"flag of mesos-{program}")
    for name in given:
        if name in own:
            where.at(name).refuse("the role sets this flag itself", "the role's own variable for it")
    return {f"MESOS_{name.upper()}": value for name, value in {**own, **given}.items()}
