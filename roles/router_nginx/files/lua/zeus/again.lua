-- SPDX-License-Identifier: GPL-3.0-or-later
-- A request that no peer took waits a moment for another peer. Marathon ends a single instance when the next one is healthy, and a
-- router hears of both a few milliseconds later.
local balancer = require "zeus.balancer"
local failed = require "zeus.failed"
local inflight = require "zeus.inflight"
local respond = require "zeus.respond"
local worker = require "zeus.worker"

local WAIT = 0.5 -- seconds that a request waits at most
local FRESH = 1 -- seconds: whose peers have failed for longer than this gets no new one in a moment
local STEP = 0.01
local ONCE = { POST = true, PATCH = true, LOCK = true }

local M = {}

-- The peer that was tried last and still counts as busy; nil if the balancer had none, for then it has let go of the one before.
local function last_peer(var)
    local address = (var.upstream_addr or ""):match("[^%s,]+$") or ""
    return address:find(":%d+$") and address:gsub("[%[%]]", "") or nil
end

local function any(values)
    return values and values:find("[1-9]") ~= nil
end

-- Nothing was answered, nothing that must not be done twice was sent, and the body is still there.
local function may_be_repeated(var, app)
    if any(var.upstream_bytes_received) or (ONCE[var.request_method] and any(var.upstream_bytes_sent)) then
        return false
    end
    -- A snippet may have said proxy_request_buffering off.
    return not (app.location and (any(var.content_length) or var.http_transfer_encoding))
end

-- Is there a peer that has not failed? And if not, may there be one in a moment?
local function look(last)
    local variant = balancer.variant()
    local fresh = not variant or #variant.peers == 0
    for _, peer in ipairs(variant and variant.peers or {}) do
        local since = failed.since(peer.key)
        if not since and peer.key ~= last then
            return true, true
        end
        fresh = fresh or not since or ngx.now() - since < FRESH
    end
    return false, fresh
end

local function refuse()
    local variant = balancer.variant()
    if not variant or #variant.peers == 0 then
        return respond(503, "no instance of this app is up\n")
    end
    return respond(502, "no instance of this app has answered\n")
end

-- access_by_lua of @zeus_again, where a request comes by error_page. ngx.ctx of before is gone.
function M.run()
    local var = ngx.var
    local last = last_peer(var)
    if last then
        inflight.leave(last)
    end
    local plan = worker.current()
    local app = plan and plan.apps[var.zeus_app]
    if not app then
        return respond(500, "this request could not be routed\n")
    end
    local _, more = (var.upstream_addr or ""):gsub(",", "")
    ngx.ctx.zeus_retries = more
    if not may_be_repeated(var, app) then
        return refuse()
    end
    local ends = ngx.now() + WAIT
    local found, fresh = look(last)
    while not found do
        if not fresh or ngx.now() >= ends then
            return refuse()
        end
        ngx.sleep(STEP)
        found, fresh = look(last)
    end
    ngx.ctx.zeus_retries = more + 1
    if app.location then
        return ngx.exec(app.location)
    end
end

return M
