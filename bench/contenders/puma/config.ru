require 'json'

# What express-app.mjs answers, for Puma: a light path, an echo and one that computes.

def now_ms = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)

def busy(milliseconds)
  finish = now_ms + milliseconds
  nil while now_ms < finish
  { pid: Process.pid }
end

run lambda { |env|
  body = env['rack.input'].read
  input = body.empty? ? {} : JSON.parse(body)
  answer = case env['PATH_INFO']
           when '/' then { status: 'alive' }
           when '/echo' then { message: input['message'] }
           when '/busy' then busy(input['ms'])
           end
  [answer ? 200 : 404, { 'Content-Type' => 'application/json' }, [JSON.generate(answer)]]
}
