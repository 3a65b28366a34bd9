-- SPDX-License-Identifier: GPL-3.0-or-later
-- Before a reload every response closes its connection for a moment, because the old workers will close kept-alive connections on
-- which a client may just be sending its next request.
local state = ngx.shared.zeus_state

local LONGEST = 10 -- seconds

local M = { active = false }

-- Returns the moment until which connections close (seconds since the epoch), or nil and what would be right.
function M.begin(seconds)
    if type(seconds) ~= "number" or not (seconds >= 0 and seconds <= LONGEST) then
        return nil, "seconds must be a number from 0 to " .. LONGEST
    end
    ngx.update_time()
    local ends = ngx.now() + seconds
    state:set("closing", ends)
    M.follow()
    return ends
end

-- Every worker asks in its timer, so that a request asks only its own memory.
function M.follow()
    local ends = state:get("closing")
    M.active = ends ~= nil and ngx.now() < ends
end

return M
