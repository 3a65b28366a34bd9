-- SPDX-License-Identifier: GPL-3.0-or-later
-- Which app has a host and a path: exact host first, then *.<rest> from the longest; of one host the longest path whose segments
-- begin the request's path.
local sub, byte, find = string.sub, string.byte, string.find

local SLASH = byte("/")

local M = {}

-- An empty table of routes: {host = {{prefix, app}, ...}}, longest prefix first
function M.new()
    return {}
end

-- Give an app its hosts and path; nil and the reason if another app has one of them.
function M.claim(hosts, app)
    local prefix = app.path:gsub("/+$", "")
    for _, host in ipairs(app.hosts) do
        for _, claim in ipairs(hosts[host] or {}) do
            if claim.prefix == prefix then
                return nil, host .. app.path .. " belongs to " .. claim.app.key
            end
        end
    end
    for _, host in ipairs(app.hosts) do
        local claims = hosts[host] or {}
        hosts[host] = claims
        claims[#claims + 1] = { prefix = prefix, app = app }
        table.sort(claims, function(a, b) return #a.prefix > #b.prefix end)
    end
    return true
end

local function among(claims, path)
    for at = 1, #claims do
        local prefix = claims[at].prefix
        local length = #prefix
        if length == 0 or (sub(path, 1, length) == prefix and (#path == length or byte(path, length + 1) == SLASH)) then
            return claims[at].app
        end
    end
    return nil
end

-- host in lower case and without a port, path decoded; nil: nobody's
function M.find(hosts, host, path)
    local claims = hosts[host]
    if claims then
        return among(claims, path)
    end
    local dot = find(host, ".", 1, true)
    while dot do
        claims = hosts["*" .. sub(host, dot)]
        if claims then
            return among(claims, path)
        end
        dot = find(host, ".", dot + 1, true)
    end
    return nil
end

return M
