#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "collector/store/connection.h"

namespace vdiwatch::collector {

// One database held open by either engine. Any thread may call. A body is a callable
// Connection& -> Result<T>; an error it answers undoes what it wrote. A body may be run again if
// the engine could not let its first run through beside another writer.
class SqlDatabase {
 public:
  virtual ~SqlDatabase() = default;

  // Runs body in a transaction of its own that is durable when the call returns.
  template <class Body>
  std::invoke_result_t<Body&, Connection&> Write(Body body) {
    return Answered(Mode::kDurable, body);
  }
  // The same, but a crash may undo it until the next Write is durable.
  template <class Body>
  std::invoke_result_t<Body&, Connection&> WriteUnsynced(Body body) {
    return Answered(Mode::kUnsynced, body);
  }
  // Runs body on a snapshot that has every write that returned before; never waits for a writer.
  template <class Body>
  std::invoke_result_t<Body&, Connection&> Read(Body body) {
    return Answered(Mode::kRead, body);
  }

 protected:
  enum class Mode { kRead, kUnsynced, kDurable };
  using Work = std::function<Result<void>(Connection&)>;
  virtual Result<void> Transact(Mode mode, const Work& work) = 0;

 private:
  template <class Body>
  std::invoke_result_t<Body&, Connection&> Answered(Mode mode, Body& body) {
    using Answer = std::invoke_result_t<Body&, Connection&>;
    std::optional<Answer> answer;
    auto done = Transact(mode, [&](Connection& connection) -> Result<void> {
      answer.emplace(body(connection));
      return *answer ? Result<void>() : Result<void>(answer->error());
    });
    if (!done) return std::move(done).error();
    return std::move(*answer);
  }
};

}  // namespace vdiwatch::collector
