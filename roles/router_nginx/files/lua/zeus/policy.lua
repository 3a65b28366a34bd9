-- SPDX-License-Identifier: GPL-3.0-or-later
-- A compiled policy (module_utils/_gray_compile.py) becomes one function: request -> variant, rule; nothing if no rule matches.
--
-- Rules that demand an exact value of an attribute are found by that value, so that a thousand of them cost what one costs; the
-- first rule in order still wins, since the candidates of all indexes are looked at in order.
local conditions = require "zeus.condition"
local ranges = require "zeus.ranges"
local request = require "zeus.request"
local lrucache = require "resty.lrucache"
local find, lower = string.find, string.lower

local REMEMBERED_USER_AGENTS = 500
local MOST_INDEXES = 8

-- The model of a request by the ordered table of user agents; what was found is remembered per user agent, in bounded room.
local function model_of(entries)
    local count = #entries
    for _, entry in ipairs(entries) do
        if type(entry.contains) ~= "string" or type(entry.model) ~= "string" then
            error("user_agents holds something else than {contains, model}")
        end
    end
    if count == 0 then
        return function() return false end
    end
    local source = request.source("header:user-agent")
    local known = lrucache.new(REMEMBERED_USER_AGENTS)
    return function(asked)
        local user_agent = asked:value(source)
        if not user_agent then
            return false
        end
        local model = known:get(user_agent)
        if model == nil then
            model = false
            local folded = lower(user_agent)
            for at = 1, count do
                if find(folded, entries[at].contains, 1, true) then
                    model = entries[at].model
                    break
                end
            end
            known:set(user_agent, model)
        end
        return model
    end
end

local function region_of(compiled)
    local known = {}
    return function(name)
        if not known[name] then
            local of = compiled[name]
            if type(of) ~= "table" then
                error("the region " .. name .. " is missing")
            end
            known[name] = ranges(of)
        end
        return known[name]
    end
end

-- The match by which a rule can be indexed: it has exact values only, and the rule cannot hold without it.
local function indexable(node)
    if node.op == "match" and #node.prefixes == 0 then
        return node
    end
    if node.op == "all" then
        for _, one in ipairs(node.of) do
            local found = indexable(one)
            if found then
                return found
            end
        end
    end
    return nil
end

-- {rules} -> numbers of the rules that are always looked at, and indexes {get, numbers = {value = {rule numbers}}}
local function indexed(rules, policy)
    local always, indexes, by_attribute = {}, {}, {}
    for number, rule in ipairs(rules) do
        local node = indexable(rule.when)
        local attribute = node and conditions.attribute(node, policy)
        local index = attribute and by_attribute[attribute.id]
        if attribute and not index and #indexes < MOST_INDEXES then
            index = { get = attribute.get, numbers = {} }
            by_attribute[attribute.id] = index
            indexes[#indexes + 1] = index
        end
        if index then
            for _, value in ipairs(node.values) do
                local numbers = index.numbers[value] or {}
                if numbers[#numbers] ~= number then
                    numbers[#numbers + 1] = number
                end
                index.numbers[value] = numbers
            end
        else
            always[#always + 1] = number
        end
    end
    return always, indexes
end

return function(gray)
    local policy = {
        salt = gray.salt,
        attributes = {},
        model = model_of(gray.user_agents),
        region = region_of(gray.regions),
    }
    local tests, variants, names = {}, {}, {}
    for number, rule in ipairs(gray.rules) do
        tests[number] = conditions.compile(rule.when, policy, 1)
        variants[number] = rule.variant
        names[number] = rule.name
        if type(rule.variant) ~= "string" or type(rule.name) ~= "string" or rule.name:find("%c") then
            error("rule " .. number .. " lacks its variant or name")
        end
    end
    local always, indexes = indexed(gray.rules, policy)

    local function in_order(asked, numbers)
        for at = 1, #numbers do
            local number = numbers[at]
            if tests[number](asked) then
                return variants[number], names[number]
            end
        end
    end

    if #indexes == 0 then
        return function(asked)
            return in_order(asked, always)
        end
    end

    return function(asked)
        local lists, count = nil, 0
        for at = 1, #indexes do
            local index = indexes[at]
            local value = index.get(asked)
            local numbers = value and index.numbers[value]
            if numbers then
                lists = lists or {}
                count = count + 1
                lists[count] = numbers
            end
        end
        if count == 0 then
            return in_order(asked, always)
        end
        if #always == 0 and count == 1 then
            return in_order(asked, lists[1])
        end
        count = count + 1
        lists[count] = always
        local heads = {}
        for at = 1, count do
            heads[at] = 1
        end
        while true do
            local lowest, from
            for at = 1, count do
                local number = lists[at][heads[at]]
                if number and (not lowest or number < lowest) then
                    lowest, from = number, at
                end
            end
            if not lowest then
                return nil
            end
            heads[from] = heads[from] + 1
            if tests[lowest](asked) then
                return variants[lowest], names[lowest]
            end
        end
    end
end
