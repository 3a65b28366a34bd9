-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a policy can see of a request: the live one (nginx's variables, each read at most once) or one that explain describes.
-- A value that is empty or longer than 512 bytes counts as absent; absent is false.
local address = require "zeus.address"
local sub, lower = string.sub, string.lower

local LONGEST = 512
local M = {}

-- A source of values, from its compiled text such as "header:x-user": {id, kind, name, variable}
function M.source(id)
    local kind, name = id:match("^(%l+):([a-z0-9_-]+)$")
    if kind == "header" then
        return { id = id, kind = kind, name = name, variable = "http_" .. name:gsub("-", "_") }
    elseif kind == "cookie" then
        return { id = id, kind = kind, name = name, variable = "cookie_" .. name }
    elseif kind == "argument" then
        return { id = id, kind = kind, name = name, variable = "arg_" .. name }
    elseif id == "user_agent" or id == "address" then
        return { id = id, kind = id }
    end
    error("unknown source " .. tostring(id))
end

local Live = {}
Live.__index = Live

function Live.read(_, source)
    local value = ngx.var[source.variable]
    if value and source.kind == "argument" then
        return ngx.unescape_uri(value)
    end
    return value
end

function Live.find_address()
    return address.of_packed(ngx.var.binary_remote_addr)
end

local Described = {}
Described.__index = Described

function Described:read(source)
    return self[source.kind][source.name]
end

function Described:find_address()
    return self.described_address
end

local function value(self, source)
    local found = self.memo[source.id]
    if found == nil then
        found = self:read(source)
        if not found or found == "" or #found > LONGEST then
            found = false
        end
        self.memo[source.id] = found
    end
    return found
end
Live.value = value
Described.value = value

local function client(self)
    local found = self.memo.address
    if found == nil then
        found = self:find_address()
        self.memo.address = found
    end
    return found
end
Live.client = client
Described.client = client

function M.live()
    return setmetatable({ memo = {} }, Live)
end

-- names in lower case; of names that differ only in case the first in order counts
local function folded(pairs_of, what)
    if pairs_of == nil or pairs_of == ngx.null then
        return {}
    end
    if type(pairs_of) ~= "table" then
        return nil, what .. " must be a mapping of names to texts"
    end
    local names, found = {}, {}
    for name, text in pairs(pairs_of) do
        if type(name) ~= "string" or type(text) ~= "string" then
            return nil, what .. " must be a mapping of names to texts"
        end
        names[#names + 1] = name
    end
    table.sort(names)
    for _, name in ipairs(names) do
        if found[lower(name)] == nil then
            found[lower(name)] = pairs_of[name]
        end
    end
    return found
end

-- A request from explain's body; nil and the reason if it is none.
function M.described(body)
    local self = { memo = {}, described_address = {} }
    for kind, key in pairs { header = "headers", cookie = "cookies", argument = "arguments" } do
        local found, problem = folded(body[key], key)
        if not found then
            return nil, problem
        end
        self[kind] = found
    end
    if type(body.address) == "string" and body.address ~= "" then
        self.described_address = address.of_text(body.address)
        if not self.described_address then
            return nil, "address is no IP address: " .. sub(body.address, 1, 60)
        end
    end
    return setmetatable(self, Described)
end

return M
