-- One request again and again, for wrk:
-- -- <file with the body> <media type> <what each answer has in it> <method> [<most requests, each on its connection>]
local expected
local most
local answered = 0
local wrong = 0

function init(arguments)
  wrk.method = arguments[4]
  if wrk.method ~= "GET" then
    wrk.body = io.open(arguments[1], "rb"):read("*a")
    wrk.headers["Content-Type"] = arguments[2]
  end
  expected = arguments[3]
  most = tonumber(arguments[5])
  if most then wrk.headers["Connection"] = "close" end
end

function response(status, _headers, body)
  if status ~= 200 or not body:find(expected, 1, true) then
    wrong = wrong + 1
    -- For done(), which runs in another state.
    wrk.thread:set("wrong", wrong)
  end
  answered = answered + 1
  if most and answered >= most then wrk.thread:stop() end
end

local threads = {}

function setup(thread)
  thread:set("wrong", 0)
  table.insert(threads, thread)
end

function done(summary, latency)
  local count = 0
  for _, thread in ipairs(threads) do count = count + thread:get("wrong") end
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('\n{"answered":%d,"seconds":%f,"wrong":%d,"p99Ms":%f}\n',
    summary.requests, summary.duration / 1000000, count + lost, latency:percentile(99) / 1000))
end
