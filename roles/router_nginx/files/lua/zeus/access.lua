-- SPDX-License-Identifier: GPL-3.0-or-later
-- The one place where a request is routed and decided. The result stands in nginx variables, for the log, for the headers to the
-- backend and for the balancer; ngx.ctx would not outlive the jump to a snippet's location.
local apps = require "zeus.app"
local closing = require "zeus.closing"
local counters = require "zeus.counters"
local request = require "zeus.request"
local respond = require "zeus.respond"
local routes = require "zeus.routes"
local snippets = require "zeus.snippets"
local worker = require "zeus.worker"

local M = {}
local complained = 0

-- At most one line per second and worker: a broken policy must not fill the disk.
local function complain(app, problem)
    counters.undecided()
    if ngx.now() - complained >= 1 then
        complained = ngx.now()
        ngx.log(ngx.ERR, "deciding for ", app.key, " failed, which means stable: ", problem)
    end
end

local function route()
    local plan = worker.current()
    if not plan then
        return respond(503, "this router has no plan yet\n")
    end
    local var = ngx.var
    local app = routes.find(plan.hosts, var.host, var.uri)
    if not app then
        counters.unrouted()
        return respond(404, "no app has this address\n")
    end
    local variant, rule, _, problem = apps.choose(app, app.decide and request.live())
    if problem then
        complain(app, problem)
    end
    var.zeus_app = app.key
    var.zeus_variant = variant.name
    var.zeus_version = variant.version
    var.zeus_rule = rule
    var.zeus_plan = app.plan
    if app.closed then
        return respond(503, "this app's settings are not in place\n")
    end
    if #variant.peers == 0 then
        return respond(503, "no instance of this app is up\n")
    end
    local length = var.content_length
    if length then
        local most = snippets.known[app.location] or snippets.max_body
        if most > 0 and tonumber(length) > most then
            return ngx.exit(413)
        end
    end
    if app.location then
        return ngx.exec(app.location)
    elseif not length and var.http_transfer_encoding then
        return ngx.exec("@zeus_measured")
    end
end

-- access_by_lua of location /
function M.run()
    if closing.active then
        return ngx.exec("@zeus_closing")
    end
    return route()
end

-- access_by_lua of @zeus_closing, which has made nginx close the connection after this response
function M.run_closing()
    return route()
end

-- content_by_lua of /.zeus/health
function M.health()
    if worker.current() then
        return respond(200, "ok\n")
    end
    return respond(503, "this router has no plan yet\n")
end

return M
