-- SPDX-License-Identifier: GPL-3.0-or-later
-- What each worker shows to the others, in the shared dict under its process id: around a reload there are more workers than ids, and
-- what a worker left behind that died must not count.
local ffi = require "ffi"

ffi.cdef [[ int kill(int pid, int sig); ]]

local state = ngx.shared.zeus_state
local ESRCH = 3

local M = {}

local function alive(pid)
    return ffi.C.kill(pid, 0) == 0 or ffi.errno() ~= ESRCH
end

function M.set(name, text)
    state:set(name .. ":" .. ngx.worker.pid(), text)
end

function M.clear(name)
    state:delete(name .. ":" .. ngx.worker.pid())
end

-- {pid = text} of all workers that are alive
function M.all(name)
    local found = {}
    for _, key in ipairs(state:get_keys(0)) do
        local of, pid = key:match("^(%l+):(%d+)$")
        if of == name then
            if alive(tonumber(pid)) then
                found[tonumber(pid)] = state:get(key)
            else
                state:delete(key)
            end
        end
    end
    return found
end

return M
