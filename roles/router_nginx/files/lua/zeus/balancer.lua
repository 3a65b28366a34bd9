-- SPDX-License-Identifier: GPL-3.0-or-later
-- Choosing the peer of a request: the one with the fewest open requests of this worker, in turns where these are equal. A peer that
-- failed is left alone for a moment, and a repeated request goes where it has not been.
local balancer = require "ngx.balancer"
local apps = require "zeus.app"
local failed = require "zeus.failed"
local inflight = require "zeus.inflight"
local worker = require "zeus.worker"

local MORE_TRIES = 4

-- again: whether the configuration has @zeus_again, and with it the variables that outlive the jump there
local M = { again = false }

local function remember(peer)
    ngx.ctx.zeus_peer = peer
    if M.again then
        ngx.var.zeus_peer = peer or ""
    end
end

-- What is allowed is tried in this order: neither failed nor tried, not tried, anything.
local function choose(variant, tried)
    local peers, open = variant.peers, inflight.open
    local count = #peers
    variant.turn = variant.turn + 1
    for attempt = 1, 3 do
        local best, fewest
        for at = 0, count - 1 do
            local peer = peers[(variant.turn + at) % count + 1]
            local key = peer.key
            if (attempt > 2 or not tried[key]) and (attempt > 1 or not failed.since(key)) then
                local requests = open[key] or 0
                if requests == 0 then
                    return peer
                end
                if not fewest or requests < fewest then
                    best, fewest = peer, requests
                end
            end
        end
        if best then
            return best
        end
    end
    return nil
end

-- The variant as the plan has it now: while a request's body was being read, its peers may have left.
function M.variant()
    if ngx.worker.exiting() then
        pcall(worker.refresh) -- no timer does it any more
    end
    local plan = worker.current()
    local app = plan and plan.apps[ngx.var.zeus_app]
    if not app then
        return nil
    end
    local variant = app.variants[ngx.var.zeus_variant]
    if (not variant or #variant.peers == 0) and #app.variants[apps.STABLE].peers > 0 then
        ngx.var.zeus_variant = apps.STABLE
        ngx.var.zeus_rule = apps.NO_RULE
        return app.variants[apps.STABLE]
    end
    return variant
end

local function note_failure(ctx)
    local key = ctx.zeus_peer
    inflight.leave(key)
    remember(nil)
    ctx.zeus_tried[key] = true
    ctx.zeus_retries = ctx.zeus_retries + 1
    if balancer.get_last_failure() == "failed" then
        failed.note(key)
    end
end

-- balancer_by_lua
function M.run()
    local ctx = ngx.ctx
    if ctx.zeus_tried then
        note_failure(ctx)
    else
        ctx.zeus_tried = {}
        ctx.zeus_retries = 0
        if not M.again or ngx.var.zeus_retries == "0" then
            balancer.set_more_tries(MORE_TRIES)
        end
    end
    local variant = M.variant()
    local peer = variant and choose(variant, ctx.zeus_tried)
    if not peer then
        return ngx.exit(ngx.HTTP_SERVICE_UNAVAILABLE)
    end
    local ok, problem = balancer.set_current_peer(peer.host, peer.port)
    if not ok then
        ngx.log(ngx.ERR, "the peer ", peer.key, " cannot be used: ", problem)
        return ngx.exit(ngx.HTTP_BAD_GATEWAY)
    end
    remember(peer.key)
    inflight.enter(peer.key)
end

return M
