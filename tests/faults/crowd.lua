-- Asks one path (first argument) without end and without patience; tells how often each status came, and what was cut.
local threads, counts, path = {}, {}, "/"

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  path = arguments[1]
  statuses = ""
end

function request()
  return wrk.format("GET", path)
end

function response(status)
  counts[status] = (counts[status] or 0) + 1
  if counts[status] % 50 == 1 or counts[status] < 50 then
    local told = {}
    for one, number in pairs(counts) do
      table.insert(told, one .. "=" .. number)
    end
    statuses = table.concat(told, " ")
  end
end

function done(summary, latency)
  for _, thread in ipairs(threads) do
    print("statuses " .. thread:get("statuses"))
  end
  local errors = summary.errors
  print(string.format("cut %d %d %d %d", errors.connect, errors.read, errors.write, errors.timeout))
  print(string.format("latencies %d %d %d", latency:percentile(50), latency:percentile(99), latency.max))
end
