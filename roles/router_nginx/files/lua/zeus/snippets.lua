-- SPDX-License-Identifier: GPL-3.0-or-later
-- The snippets' locations that this nginx configuration has, and what their limits are. Around a reload old and new workers serve side by side, and a jump to a
-- location that a worker's configuration lacks would be an error; so each knows its own.
local ffi = require "ffi"

ffi.cdef [[
typedef struct { size_t count; char **paths; size_t offset; int flags; void *functions[5]; } zeus_glob_t;
int glob(const char *pattern, int flags, void *errors, zeus_glob_t *found);
void globfree(zeus_glob_t *found);
]]

local UNITS = { [""] = 1, k = 1024, m = 1024 ^ 2, g = 1024 ^ 3 }

-- known: {location = the largest body in bytes, or the default's; 0: any}
local M = { known = {}, max_body = 0 }

local function bytes(size)
    local number, unit = size:lower():match("^(%d+)([kmg]?)$")
    return tonumber(number) * UNITS[unit]
end

-- init_by_lua: once per configuration. The pattern is that of nginx's include, max_body the default's limit.
function M.load(pattern, max_body)
    M.max_body = bytes(max_body)
    local found = ffi.new("zeus_glob_t")
    if ffi.C.glob(pattern, 0, nil, found) ~= 0 then
        return
    end
    for at = 0, tonumber(found.count) - 1 do
        local file = io.open(ffi.string(found.paths[at]), "rb")
        if file then
            for location, body in file:read("*a"):gmatch("location (@zeus/%S+) (%b{})") do
                local own = body:match("\n%s*client_max_body_size (%w+);")
                M.known[location] = own and bytes(own) or M.max_body
            end
            file:close()
        end
    end
    ffi.C.globfree(found)
end

return M
