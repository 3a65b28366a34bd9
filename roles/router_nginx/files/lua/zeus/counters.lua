-- SPDX-License-Identifier: GPL-3.0-or-later
-- Requests per app and variant: counted in the worker's memory, added to the shared dict now and then. Names come from the plan
-- only, so nobody can make the dict grow by inventing hosts.
local dict = ngx.shared.zeus_counters

local pending = {}
local M = {}

local function add(key, count)
    pending[key] = (pending[key] or 0) + count
end

local CLASSES = { "1xx", "2xx", "3xx", "4xx", "5xx" }

function M.request(app, variant, status, retries)
    local of = app .. "|" .. variant .. "|"
    add(of .. "requests", 1)
    add(of .. (CLASSES[math.floor(status / 100)] or "5xx"), 1)
    if retries > 0 then
        add(of .. "retries", retries)
    end
end

function M.undecided()
    add("undecided", 1)
end

function M.unrouted()
    add("unrouted", 1)
end

function M.flush()
    local due = pending
    pending = {}
    for key, count in pairs(due) do
        dict:incr(key, count, 0)
    end
end

local function blank()
    return { requests = 0, ["1xx"] = 0, ["2xx"] = 0, ["3xx"] = 0, ["4xx"] = 0, ["5xx"] = 0, retries = 0 }
end

-- {apps = {key = {variant = {…}}}, undecided, unrouted}
function M.all()
    local found = { apps = {}, undecided = dict:get("undecided") or 0, unrouted = dict:get("unrouted") or 0 }
    for _, key in ipairs(dict:get_keys(0)) do
        local app, variant, field = key:match("^([^|]+)|([^|]+)|([^|]+)$")
        if app then
            found.apps[app] = found.apps[app] or {}
            found.apps[app][variant] = found.apps[app][variant] or blank()
            found.apps[app][variant][field] = dict:get(key)
        end
    end
    return found
end

return M
