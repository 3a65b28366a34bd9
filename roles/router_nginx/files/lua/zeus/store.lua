-- SPDX-License-Identifier: GPL-3.0-or-later
-- The plan that all workers share, in a shared dict that survives reloads. Entries are stored under their digest and never change,
-- so a worker that reads while another one writes sees the plan before or the plan after, but no mixture.
local json = require "zeus.json"

local plan_dict = ngx.shared.zeus_plan
local KEPT = 60 -- seconds for which entries that left the plan stay readable for workers that are just reading it

local M = {}

local function entry_key(key, digest)
    return "app:" .. digest .. ":" .. key
end

-- A number that grows with every change; 0 without a plan
function M.generation()
    return plan_dict:get("generation") or 0
end

-- {generation, digest, index = {key = digest}, rejected = {key = reason}, refused = {key = digest}}; nil without a plan
function M.plan()
    local text = plan_dict:get("plan")
    return text and json.decode(text)
end

function M.has(key, digest)
    return plan_dict:get(entry_key(key, digest)) ~= nil
end

function M.entry(key, digest)
    local text = plan_dict:get(entry_key(key, digest))
    return text and json.decode(text)
end

-- Keep an entry; nil and the reason if there is no room. Never pushes another one out.
function M.keep(key, digest, entry)
    return plan_dict:safe_set(entry_key(key, digest), json.encode(entry))
end

-- Make a plan the one in force; the entries of its index are kept already. Returns its generation, or nil and the reason.
function M.publish(plan)
    local before, index = M.plan(), plan.index
    plan.generation = M.generation() + 1
    for key, kept in pairs(index) do
        if not before or before.index[key] ~= kept then
            plan_dict:expire(entry_key(key, kept), 0) -- it may be one that left a moment ago and is back
        end
    end
    local ok, problem = plan_dict:safe_set("plan", json.encode(plan))
    if not ok then
        return nil, problem
    end
    plan_dict:set("generation", plan.generation)
    for key, old in pairs(before and before.index or {}) do
        if index[key] ~= old then
            plan_dict:expire(entry_key(key, old), KEPT)
        end
    end
    return plan.generation
end

-- Run a function while no other worker publishes; nil and the reason if another one does just now.
function M.alone(run)
    if not plan_dict:add("lock", true, 10) then
        return nil, "another plan is being taken"
    end
    local ok, result = pcall(run)
    plan_dict:delete("lock")
    if not ok then
        error(result, 0)
    end
    return result
end

return M
