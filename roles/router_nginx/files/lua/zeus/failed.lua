-- SPDX-License-Identifier: GPL-3.0-or-later
-- Peers that failed a request of this worker. For a moment after its last failure a peer counts as failed.
local SHUNNED = 1 -- seconds

local entries = {} -- peer = {since = when the failures began, ends = until when it counts as failed}
local M = {}

function M.note(peer)
    local now = ngx.now()
    local entry = entries[peer]
    if not entry or entry.ends <= now then
        entry = { since = now }
        entries[peer] = entry
    end
    entry.ends = now + SHUNNED
end

-- Since when it has failed, and again and again; nil if it has not, or longer ago
function M.since(peer)
    local entry = entries[peer]
    if entry and entry.ends <= ngx.now() then
        entries[peer] = nil
        return nil
    end
    return entry and entry.since
end

return M
