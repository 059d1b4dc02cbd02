#pragma once

#include <functional>
#include <vector>

namespace returnflows {

// Where work that finished on another thread is handed back: a thread that runs what it is given,
// in order. Implemented by runtime::Shard; by a plain queue in tests.
class Mailbox {
 public:
  using Letter = std::move_only_function<void()>;

  Mailbox() = default;
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  virtual ~Mailbox() = default;

  // Runs every letter on the owner's thread, in order, after the letters of earlier calls from
  // the same thread. After the owner has stopped, letters are destroyed unrun. Thread: any.
  virtual void deliver(std::vector<Letter> letters) = 0;
};

}  // namespace returnflows
