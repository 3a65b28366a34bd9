-- SPDX-License-Identifier: GPL-3.0-or-later
-- Open requests per peer. Each worker counts its own in memory, by which it also balances, and shows them to the others under its
-- process id, so that a worker that died leaves nothing behind that counts.
local ffi = require "ffi"
local json = require "zeus.json"

ffi.cdef [[ int kill(int pid, int sig); ]]

local state = ngx.shared.zeus_state
local ALIVE, ESRCH = 0, 3

local open, changed = {}, true
local M = { open = open }

function M.enter(peer)
    open[peer] = (open[peer] or 0) + 1
    changed = true
end

function M.leave(peer)
    local left = (open[peer] or 1) - 1
    open[peer] = left > 0 and left or nil
    changed = true
end

function M.flush()
    if not changed then
        return
    end
    changed = false
    local key = "inflight:" .. ngx.worker.pid()
    if next(open) == nil then
        state:delete(key)
    else
        state:set(key, json.encode(open))
    end
end

local function alive(pid)
    return ffi.C.kill(pid, 0) == ALIVE or ffi.errno() ~= ESRCH
end

-- {peer = open requests} of all workers, those that still finish their requests after a reload included
function M.all()
    local sum = {}
    for _, key in ipairs(state:get_keys(0)) do
        local pid = tonumber(key:match("^inflight:(%d+)$"))
        if pid and not alive(pid) then
            state:delete(key)
        elseif pid then
            local text = state:get(key)
            for peer, count in pairs(text and json.decode(text) or {}) do
                sum[peer] = (sum[peer] or 0) + count
            end
        end
    end
    return sum
end

return M
