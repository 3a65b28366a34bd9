-- SPDX-License-Identifier: GPL-3.0-or-later
-- Before a reload every response closes its connection for a moment, because the old workers will close kept-alive connections on
-- which a client may just be sending its next request. The workers that the reload starts have no part in it.
local state = ngx.shared.zeus_state

local LONGEST = 10 -- seconds

local started = 0
local M = { active = false }

-- init_worker_by_lua
function M.start()
    ngx.update_time()
    started = ngx.now()
end

-- Returns the moment until which connections close (seconds since the epoch), or nil and what would be right.
function M.begin(seconds)
    if type(seconds) ~= "number" or not (seconds >= 0 and seconds <= LONGEST) then
        return nil, "seconds must be a number from 0 to " .. LONGEST
    end
    ngx.update_time()
    local now = ngx.now()
    state:set("closing-began", now)
    state:set("closing-ends", now + seconds)
    M.follow()
    return now + seconds
end

-- Every worker asks in its timer, so that a request asks only its own memory.
function M.follow()
    local ends = state:get("closing-ends")
    M.active = ends ~= nil and ngx.now() < ends and state:get("closing-began") >= started
end

return M
