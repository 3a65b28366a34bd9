-- SPDX-License-Identifier: GPL-3.0-or-later
-- Taking a plan, from the agent or from the snapshot on disk: every changed entry is compiled before anything is published, and an
-- app whose entry cannot be used keeps its last good one.
local apps = require "zeus.app"
local compiled = require "zeus.compiled"
local routes = require "zeus.routes"
local store = require "zeus.store"

local SCHEMA = 1

local M = {}

local function same(left, right)
    for key, value in pairs(left) do
        if right[key] ~= value then
            return false
        end
    end
    for key in pairs(right) do
        if left[key] == nil then
            return false
        end
    end
    return true
end

-- One changed entry: its compiled form, or nil and the reason
local function checked(key, digest, entry)
    local ok, app = pcall(apps.compile, entry)
    if not ok then
        return nil, tostring(app):gsub("^[^:]*:%d+: ", "")
    end
    if app.key ~= key then
        return nil, "the entry is of " .. app.key
    end
    if app.digest ~= digest then
        return nil, "the entry's digest is not the one in the index"
    end
    local stored, problem = store.keep(key, digest, entry)
    if not stored then
        return nil, "no room for the entry: " .. tostring(problem)
    end
    return app
end

local function sorted_keys(of)
    local keys = {}
    for key in pairs(of) do
        keys[#keys + 1] = key
    end
    table.sort(keys)
    return keys
end

-- Claims of unchanged apps come first; an app that claims what another has keeps its last good entry, if that one is free.
local function settle_claims(chosen, before, index, rejected)
    local hosts, changed = routes.new(), {}
    for _, key in ipairs(sorted_keys(chosen)) do
        if before[key] ~= chosen[key].digest or not routes.claim(hosts, chosen[key]) then
            changed[#changed + 1] = key
        end
    end
    for _, key in ipairs(changed) do
        local ok, reason = routes.claim(hosts, chosen[key])
        if not ok then
            rejected[key] = rejected[key] or reason
            local old = compiled.get(key, before[key])
            index[key] = old and routes.claim(hosts, old) and old.digest or nil
        end
    end
end

local function take(plan)
    local current = store.plan() or { digest = "", index = {}, rejected = {}, refused = {}, generation = 0 }
    local index, chosen, missing, rejected, refused = {}, {}, {}, {}, {}
    for _, key in ipairs(sorted_keys(plan.index)) do
        local digest = plan.index[key]
        local app, reason
        if plan.apps[key] then
            app, reason = checked(key, digest, plan.apps[key])
        else
            app = compiled.get(key, digest)
            if not app and current.refused[key] == digest then
                reason = current.rejected[key] -- it was sent before, and is as wrong as it was
            elseif not app then
                missing[#missing + 1] = key
            end
        end
        rejected[key] = reason
        app = app or compiled.get(key, current.index[key])
        if app then
            chosen[key] = app
            index[key] = app.digest
        end
    end
    settle_claims(chosen, current.index, index, rejected)
    for key in pairs(rejected) do
        refused[key] = plan.index[key]
    end
    local generation = current.generation
    if generation == 0 or current.digest ~= plan.digest or not same(current.index, index) or not same(current.rejected, rejected) then
        local problem
        generation, problem = store.publish { digest = plan.digest, index = index, rejected = rejected, refused = refused }
        if not generation then
            return { problem = "no room for the plan: " .. tostring(problem) }
        end
    end
    return { generation = generation, missing = missing, rejected = rejected }
end

-- plan: {schema, digest, index, apps}; returns {generation, missing, rejected}, or nil and why nothing of it can be used
function M.plan(plan)
    if type(plan) ~= "table" or plan.schema ~= SCHEMA then
        return nil, "schema must be " .. SCHEMA
    end
    if type(plan.digest) ~= "string" or type(plan.index) ~= "table" or type(plan.apps) ~= "table" then
        return nil, "digest, index and apps must be there"
    end
    for key, digest in pairs(plan.index) do
        if type(key) ~= "string" or type(digest) ~= "string" then
            return nil, "index must map keys of apps to digests"
        end
    end
    local result, busy = store.alone(function() return take(plan) end)
    if not result then
        return nil, busy
    end
    if result.problem then
        return nil, result.problem
    end
    return result
end

-- The agent's snapshot holds the whole plan, service apps included, which are not nginx's.
function M.snapshot(whole)
    if type(whole) ~= "table" or type(whole.apps) ~= "table" then
        return nil, "it holds no apps"
    end
    local index, web = {}, {}
    for key, entry in pairs(whole.apps) do
        if type(entry) == "table" and entry.kind == "web" then
            index[key] = entry.digest
            web[key] = entry
        end
    end
    return M.plan { schema = whole.schema, digest = whole.digest, index = index, apps = web }
end

return M
