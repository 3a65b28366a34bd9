-- SPDX-License-Identifier: GPL-3.0-or-later
-- From a compiled condition (module_utils/_gray_compile.py) to a function of a request. Only these operators exist; nothing of the
-- data is ever run, and an unknown operator is an error that keeps the plan before in place.
local hash = require "zeus.hash"
local ranges = require "zeus.ranges"
local request = require "zeus.request"
local sub, lower = string.sub, string.lower

local DEEPEST = 16

local M = {}

local function list(value, what)
    if type(value) ~= "table" then
        error(what .. " is no list")
    end
    return value
end

local function texts(value, what)
    for _, one in ipairs(list(value, what)) do
        if type(one) ~= "string" then
            error(what .. " holds something else than texts")
        end
    end
    return value
end

-- A function of a request that gives the value of the first source that has one, or false
local function first_of(ids, policy)
    local sources, count = {}, 0
    for _, id in ipairs(texts(ids, "sources")) do
        count = count + 1
        sources[count] = request.source(id)
    end
    if count == 0 then
        error("there is no source")
    end
    return function(asked)
        for at = 1, count do
            local source = sources[at]
            local value
            if source.kind == "address" then
                value = asked:client().packed or false
            elseif source.kind == "user_agent" then
                value = policy.model(asked)
            else
                value = asked:value(source)
            end
            if value then
                return value
            end
        end
        return false
    end
end

-- What a match looks at: an attribute that several rules may share. {id, get}
function M.attribute(node, policy)
    local id = table.concat(texts(node.from, "from"), ",") .. (node.fold and "|fold" or "")
    local known = policy.attributes[id]
    if not known then
        local get = first_of(node.from, policy)
        if node.fold then
            known = { id = id, get = function(asked)
                local value = get(asked)
                return value and lower(value)
            end }
        else
            known = { id = id, get = get }
        end
        policy.attributes[id] = known
    end
    return known
end

local operators = {}

function operators.match(node, policy)
    local get = M.attribute(node, policy).get
    local values, prefixes, count = {}, {}, 0
    for _, value in ipairs(texts(node.values, "values")) do
        values[value] = true
    end
    for _, prefix in ipairs(texts(node.prefixes, "prefixes")) do
        count = count + 1
        prefixes[count] = prefix
    end
    return function(asked)
        local value = get(asked)
        if not value then
            return false
        end
        if values[value] then
            return true
        end
        for at = 1, count do
            local prefix = prefixes[at]
            if sub(value, 1, #prefix) == prefix then
                return true
            end
        end
        return false
    end
end

function operators.address(node)
    local within = ranges(node)
    return function(asked)
        return within(asked:client())
    end
end

function operators.region(node, policy)
    local sets, count = {}, 0
    for _, name in ipairs(texts(node["in"], "in")) do
        count = count + 1
        sets[count] = policy.region(name)
    end
    return function(asked)
        local client = asked:client()
        for at = 1, count do
            if sets[at](client) then
                return true
            end
        end
        return false
    end
end

function operators.percent(node, policy)
    local below, get, salt = node.below, first_of(node.by, policy), policy.salt .. ":"
    if type(below) ~= "number" then
        error("below is no number")
    end
    return function(asked)
        local key = get(asked)
        return key ~= false and hash(salt .. key) < below
    end
end

local function several(node, policy, depth)
    local tests, count = {}, 0
    for _, one in ipairs(list(node.of, "of")) do
        count = count + 1
        tests[count] = M.compile(one, policy, depth + 1)
    end
    return tests, count
end

function operators.all(node, policy, depth)
    local tests, count = several(node, policy, depth)
    return function(asked)
        for at = 1, count do
            if not tests[at](asked) then
                return false
            end
        end
        return true
    end
end

function operators.any(node, policy, depth)
    local tests, count = several(node, policy, depth)
    return function(asked)
        for at = 1, count do
            if tests[at](asked) then
                return true
            end
        end
        return false
    end
end

operators["not"] = function(node, policy, depth)
    local test = M.compile(node.of, policy, depth + 1)
    return function(asked)
        return not test(asked)
    end
end

function M.compile(node, policy, depth)
    if depth > DEEPEST then
        error("conditions are nested too deeply")
    end
    local operator = type(node) == "table" and operators[node.op]
    if not operator then
        error("unknown operator " .. tostring(type(node) == "table" and node.op))
    end
    return operator(node, policy, depth)
end

return M
