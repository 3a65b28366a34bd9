-- SPDX-License-Identifier: GPL-3.0-or-later
-- What each worker shows to the others, in the shared dict. The dict outlives workers and reloads, around a reload there are more
-- workers than ids, and process ids come back; so an entry is under the worker's process id and the moment at which that process
-- was started, and counts only while this very process lives.
local state = ngx.shared.zeus_state

local M = {}

-- The start of a process, in the kernel's ticks since boot; nil if there is none with this id
local function start_of(pid)
    local file = io.open("/proc/" .. pid .. "/stat", "rb")
    if not file then
        return nil
    end
    local text = file:read("*a")
    file:close()
    -- The second field is the program's name in parentheses and may hold anything; the start is the 20th after it.
    local rest, count = text:match("^.*%)%s+(.*)$"), 0
    for field in (rest or ""):gmatch("%S+") do
        count = count + 1
        if count == 20 then
            return field
        end
    end
    return nil
end

local own

local function key(name)
    own = own or ngx.worker.pid() .. "." .. (start_of("self") or "0")
    return name .. ":" .. own
end

function M.set(name, text)
    state:set(key(name), text)
end

function M.clear(name)
    state:delete(key(name))
end

-- {pid = text} of all workers that are alive
function M.all(name)
    local found = {}
    for _, of in ipairs(state:get_keys(0)) do
        local what, pid, start = of:match("^(%l+):(%d+)%.(%d+)$")
        if what == name then
            if start_of(pid) == start then
                found[tonumber(pid)] = state:get(of)
            else
                state:delete(of)
            end
        end
    end
    return found
end

return M
