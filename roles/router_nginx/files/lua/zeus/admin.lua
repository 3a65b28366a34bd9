-- SPDX-License-Identifier: GPL-3.0-or-later
-- The API for the agent on the unix socket (docs/design.md, 6). Only who may enter the socket's directory gets here.
local accept = require "zeus.accept"
local apps = require "zeus.app"
local closing = require "zeus.closing"
local counters = require "zeus.counters"
local inflight = require "zeus.inflight"
local json = require "zeus.json"
local request = require "zeus.request"
local routes = require "zeus.routes"
local store = require "zeus.store"
local worker = require "zeus.worker"

local M = {}

local function answer(status, text)
    ngx.status = status
    ngx.header.content_type = "application/json"
    ngx.print(text, "\n")
end

local function problem(status, message)
    return answer(status, json.encode { message = message })
end

-- The request's body as data; nil and the reason if there is none
local function body()
    ngx.req.read_body()
    local text = ngx.req.get_body_data()
    if not text then
        local path = ngx.req.get_body_file()
        local file = path and io.open(path, "rb")
        if not file then
            return nil, "the request has no body"
        end
        text = file:read("*a")
        file:close()
    end
    local ok, data = pcall(json.decode, text)
    if not ok or type(data) ~= "table" then
        return nil, "the body is no JSON object"
    end
    return data
end

local function put_plan()
    local plan, wrong = body()
    if not plan then
        return problem(400, wrong)
    end
    worker.refresh()
    local result, reason = accept.plan(plan)
    if not result then
        return problem(400, reason)
    end
    worker.refresh()
    return answer(200, '{"generation":' .. result.generation .. ',"missing":' .. json.list(result.missing)
        .. ',"rejected":' .. json.map(result.rejected) .. "}")
end

local function get_status()
    local plan = store.plan() or { generation = 0, digest = json.null, index = {}, rejected = {} }
    return answer(200, '{"generation":' .. plan.generation .. ',"plan":' .. json.encode { plan.digest }:sub(2, -2)
        .. ',"apps":' .. json.map(plan.index) .. ',"rejected":' .. json.map(plan.rejected)
        .. ',"workers":' .. json.list(worker.reports()) .. "}")
end

local function explain()
    local asked, wrong = body()
    if not asked then
        return problem(400, wrong)
    end
    local described, reason = request.described(asked)
    if not described then
        return problem(400, reason)
    end
    if type(asked.host) ~= "string" then
        return problem(400, "host must be a text")
    end
    local path = type(asked.path) == "string" and asked.path:gsub("?.*$", "") or "/"
    worker.refresh()
    local plan = worker.current()
    local host = asked.host:lower():gsub(":%d+$", ""):gsub("%.$", "")
    local app = plan and routes.find(plan.hosts, host, path)
    if not app then
        return problem(404, "no app has this host and path")
    end
    local variant, rule, why = apps.choose(app, described)
    return answer(200, json.encode {
        app = app.key,
        variant = variant.name,
        version = variant.version,
        policy = app.policy or json.null,
        rule = rule,
        plan = app.plan,
        reason = why,
    })
end

local function begin_closing()
    local asked, wrong = body()
    if not asked then
        return problem(400, wrong)
    end
    local ends, reason = closing.begin(asked.seconds)
    if not ends then
        return problem(400, reason)
    end
    return answer(200, '{"until":' .. ("%.3f"):format(ends) .. "}")
end

local function get_counters()
    counters.flush()
    local all = counters.all()
    return answer(200, '{"apps":' .. json.map(all.apps) .. ',"undecided":' .. all.undecided .. ',"unrouted":' .. all.unrouted .. "}")
end

local function get_inflight()
    inflight.flush()
    return answer(200, json.map(inflight.all()))
end

local calls = {
    ["/plan"] = { PUT = put_plan },
    ["/status"] = { GET = get_status },
    ["/explain"] = { POST = explain },
    ["/counters"] = { GET = get_counters },
    ["/inflight"] = { GET = get_inflight },
    ["/closing"] = { PUT = begin_closing, POST = begin_closing },
}

-- content_by_lua of the unix socket's server
function M.run()
    local methods = calls[ngx.var.uri]
    if not methods then
        return problem(404, "there is no such call")
    end
    local call = methods[ngx.req.get_method()]
    if not call then
        return problem(405, "this call has another method")
    end
    local ok, wrong = pcall(call)
    if not ok then
        ngx.log(ngx.ERR, "the call ", ngx.var.uri, " failed: ", wrong)
        return problem(500, "the call failed; nginx's error log says why")
    end
end

return M
