-- SPDX-License-Identifier: GPL-3.0-or-later
-- What one worker serves by: the routes of the plan's latest generation, compiled outside of requests and swapped as one reference.
local accept = require "zeus.accept"
local closing = require "zeus.closing"
local compiled = require "zeus.compiled"
local counters = require "zeus.counters"
local inflight = require "zeus.inflight"
local json = require "zeus.json"
local routes = require "zeus.routes"
local shown = require "zeus.shown"
local snippets = require "zeus.snippets"
local store = require "zeus.store"

local TICK = 0.02 -- seconds
local COUNTED = 0.25

local current -- {generation, digest, hosts, apps, lacking}; nil without a plan
local counted = 0

local M = {}

-- The plan in force in this worker; nil without one
function M.current()
    return current
end

-- Tell everybody which generation this worker serves. Open requests go first: who sees the acknowledgement and then no open request
-- of a peer that left knows that there will be none.
local function acknowledge()
    inflight.flush()
    if ngx.worker.exiting() then
        return -- it serves no new request, so nobody waits for it
    end
    shown.set("worker", json.encode {
        id = ngx.worker.id(),
        pid = ngx.worker.pid(),
        generation = current and current.generation or 0,
        plan = current and current.digest or json.null,
        lacking = current and next(current.lacking) and current.lacking or nil,
    })
end

-- An app whose snippet this worker's configuration does not have keeps what it had; without that it is not served, since a snippet
-- may be what keeps strangers out.
local function without_snippet(app)
    ngx.log(ngx.ERR, "the snippet of ", app.key, " is not in this configuration of nginx: ", app.location)
    return current and current.apps[app.key] or setmetatable({ closed = true }, { __index = app })
end

local function build(plan)
    local hosts, apps, lacking = routes.new(), {}, {}
    for key, digest in pairs(plan.index) do
        local app = compiled.get(key, digest)
        if not app then
            return nil -- a newer plan is being written: the next tick takes it
        end
        if app.location and not snippets.known[app.location] then
            lacking[key] = app.location
            app = without_snippet(app)
        end
        apps[key] = app
        routes.claim(hosts, app)
    end
    compiled.only(plan.index)
    return { generation = plan.generation, digest = plan.digest, hosts = hosts, apps = apps, lacking = lacking }
end

-- Take the latest plan, if this worker does not have it yet.
function M.refresh()
    if store.generation() == (current and current.generation or 0) then
        return
    end
    local plan = store.plan()
    local made = plan and build(plan)
    if made then
        current = made
        acknowledge()
    end
end

local function tick(premature)
    if premature then
        shown.clear("worker")
        counters.flush()
        inflight.flush()
        return
    end
    local ok, problem = pcall(M.refresh)
    if not ok then
        ngx.log(ngx.ERR, "the plan cannot be taken, the one before stays: ", problem)
    end
    closing.follow()
    inflight.flush()
    counted = counted + TICK
    if counted >= COUNTED then
        counted = 0
        counters.flush()
    end
end

-- init_by_lua: in the master, once per start and per reload. The shared dict outlives a reload; after a start the snapshot serves.
function M.load_snapshot(path)
    if store.plan() then
        return
    end
    local file, absent = io.open(path, "rb")
    if not file then
        ngx.log(ngx.NOTICE, "there is no snapshot of a plan yet: ", absent)
        return
    end
    local text = file:read("*a")
    file:close()
    local ok, result, problem = pcall(function()
        return accept.snapshot(json.decode(text))
    end)
    if not ok or not result then
        ngx.log(ngx.ERR, "the snapshot ", path, " cannot be used: ", ok and problem or result)
        return
    end
    for key, reason in pairs(result.rejected) do
        ngx.log(ngx.ERR, "the snapshot's app ", key, " cannot be used: ", reason)
    end
end

-- init_worker_by_lua
function M.start()
    if ngx.worker.id() == nil then
        return -- a helper process of nginx, which serves nobody
    end
    closing.start()
    math.randomseed(ngx.worker.pid() + ngx.now() * 1000)
    local ok, problem = pcall(M.refresh)
    if not ok then
        ngx.log(ngx.ERR, "this worker starts without a plan: ", problem)
    end
    acknowledge()
    assert(ngx.timer.every(TICK, tick))
end

-- [{id, pid, generation, plan, lacking = {app key = location}}] of all workers that serve new requests; one that has just been
-- started is missing until it has reported
function M.reports()
    local found = {}
    for _, text in pairs(shown.all("worker")) do
        found[#found + 1] = json.decode(text)
    end
    table.sort(found, function(a, b) return a.id < b.id or (a.id == b.id and a.pid < b.pid) end)
    return found
end

return M
