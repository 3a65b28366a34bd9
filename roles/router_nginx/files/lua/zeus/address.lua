-- SPDX-License-Identifier: GPL-3.0-or-later
-- A client's address in the three forms in which it is used: packed bytes (the key of a percentage), a number for IPv4 and hex digits
-- for IPv6 (to look it up in sorted ranges). IPv4-mapped IPv6 counts as IPv4.
local ffi = require "ffi"
local byte, sub, format = string.byte, string.sub, string.format

ffi.cdef [[ int inet_pton(int af, const char *src, void *dst); ]]
local AF_INET, AF_INET6 = 2, 10
local MAPPED = ("\0"):rep(10) .. "\255\255"

local M = {}

-- packed: 4 or 16 bytes, as in $binary_remote_addr. Another length (a unix socket's client) gives an address that is nowhere.
function M.of_packed(packed)
    if #packed == 16 and sub(packed, 1, 12) == MAPPED then
        packed = sub(packed, 13)
    end
    if #packed == 4 then
        local a, b, c, d = byte(packed, 1, 4)
        return { packed = packed, v4 = ((a * 256 + b) * 256 + c) * 256 + d }
    end
    if #packed == 16 then
        return { packed = packed, v6 = (packed:gsub(".", function(one) return format("%02x", byte(one)) end)) }
    end
    return {}
end

-- nil for what is no address
function M.of_text(text)
    local room = ffi.new("unsigned char[16]")
    if ffi.C.inet_pton(AF_INET, text, room) == 1 then
        return M.of_packed(ffi.string(room, 4))
    end
    if ffi.C.inet_pton(AF_INET6, text, room) == 1 then
        return M.of_packed(ffi.string(room, 16))
    end
    return nil
end

return M
