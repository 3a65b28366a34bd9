-- SPDX-License-Identifier: GPL-3.0-or-later
-- One app of the plan, ready to serve: where it is found, its variants with their peers, and who decides between them.
-- compile raises an error for an entry that is not as docs/design.md (5) says; the app's last good entry then stays.
local policy = require "zeus.policy"
local address = require "zeus.address"

local STABLE, NO_RULE = "stable", "-"

local M = { STABLE = STABLE, NO_RULE = NO_RULE }

local function text(value, what, pattern)
    if type(value) ~= "string" or not value:find(pattern) then
        error(what .. " is not as it must be: " .. tostring(value))
    end
    return value
end

local function peer(raw)
    local host = text(raw.address, "a peer's address", "^[0-9a-fA-F:.]+$")
    local parsed = address.of_text(host)
    if not parsed then
        error("a peer's address is no IP address: " .. host)
    end
    local port = raw.port
    if type(port) ~= "number" or port % 1 ~= 0 or port < 1 or port > 65535 then
        error("a peer's port is no port: " .. tostring(port))
    end
    return {
        task = raw.task,
        host = host:find(":", 1, true) and "[" .. host .. "]" or host,
        port = port,
        key = host .. ":" .. port,
    }
end

local function variant(name, raw)
    text(name, "a variant's name", "^[a-z0-9-]+$")
    local peers = {}
    for _, one in ipairs(raw.peers) do
        peers[#peers + 1] = peer(one)
    end
    -- The position of the round robin starts anywhere, so that many workers do not all begin with the same peer.
    return { name = name, version = text(raw.version, "a version", "^[^%c]*$"), peers = peers, turn = math.random(0, 1000) }
end

function M.compile(entry)
    local app = {
        digest = text(entry.digest, "digest", "^[0-9a-f]+$"),
        key = "/" .. text(entry.environment, "environment", "^[a-z0-9-]+$")
            .. "/" .. text(entry.project, "project", "^[a-z0-9-]+$")
            .. "/" .. text(entry.app, "app", "^[a-z0-9-]+$"),
        path = text(entry.path, "path", "^/[^%c]*$"),
        hosts = {},
        variants = {},
    }
    app.plan = app.digest:sub(1, 12)
    for _, host in ipairs(entry.hosts) do
        app.hosts[#app.hosts + 1] = text(host, "a host", "^%*?[%w%.:%[%]_-]+$"):lower()
    end
    for name, raw in pairs(entry.variants) do
        app.variants[name] = variant(name, raw)
    end
    app.variants[STABLE] = app.variants[STABLE] or { name = STABLE, version = "", peers = {}, turn = 0 }
    if entry.gray and entry.gray ~= ngx.null then
        app.policy = text(entry.gray.policy, "the policy's name", "^[%w_-]+$")
        app.decide = policy(entry.gray)
    end
    if entry.snippet and entry.snippet ~= ngx.null then
        local digest = text(entry.snippet, "the snippet's digest", "^[0-9a-f]+$")
        app.location = "@zeus" .. app.key .. "/" .. digest:sub(1, 12)
    end
    return app
end

-- The variant for a request, its rule, why, and the error if deciding failed. Whatever goes wrong means stable.
function M.choose(app, asked)
    local stable = app.variants[STABLE]
    if not app.decide then
        return stable, NO_RULE, "the app has no gray version"
    end
    local ok, name, rule = pcall(app.decide, asked)
    if not ok then
        return stable, NO_RULE, "deciding failed, which means stable", name
    end
    if not name then
        return stable, NO_RULE, "no rule matches"
    end
    local found = app.variants[name]
    if not found or (#found.peers == 0 and name ~= STABLE) then
        return stable, NO_RULE, "rule " .. rule .. " matches, but its variant has no instance"
    end
    return found, rule, "rule " .. rule .. " matches"
end

return M
