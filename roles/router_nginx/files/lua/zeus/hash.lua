-- SPDX-License-Identifier: GPL-3.0-or-later
-- nginx's own 32 bit hash, the one behind split_clients: a percentage here and one there mean the same users.
local ffi = require "ffi"

ffi.cdef [[ uint32_t ngx_murmur_hash2(const char *data, size_t len); ]]
local C = ffi.C

return function(text)
    return tonumber(C.ngx_murmur_hash2(text, #text))
end
