-- wrk script: single events of about 1 KiB, each of a fresh return, over the connection's life.
-- Arguments: the API key, then the body size in bytes.
local thread_count = 0

function setup(thread)
  thread_count = thread_count + 1
  thread:set("number", thread_count)
end

function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. args[1]
  local size = tonumber(args[2] or "1024")
  run = args[3] or "0"
  sent = 0
  before = '{"type":"return.created","data":{"return":{"id":"ret_'
  after = '","number":"RF-10234-1","status":"created","source":"customer_portal","customer_note":"'
  after = after .. string.rep("n", size - #before - #after - 30) .. '"}}}'
end

function request()
  sent = sent + 1
  return wrk.format(nil, nil, nil, before .. run .. "_" .. number .. "_" .. sent .. after)
end

-- What run.py reads: one line of JSON.
function done(summary, latency, requests)
  io.write(string.format(
    '\nRESULT {"requests":%d,"duration_us":%d,"errors":%d,"p50_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration,
    summary.errors.connect + summary.errors.read + summary.errors.write +
      summary.errors.status + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
