// Memory for what every connection makes anew: coroutine frames, and the connection itself.
#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace simplon::net {

// Not under AddressSanitizer, which then sees every use of what was freed.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool recycles = false;
#elif defined(__has_feature)
inline constexpr bool recycles = !__has_feature(address_sanitizer);
#else
inline constexpr bool recycles = true;
#endif

/// Keeps what was given back for whoever asks for as much next, without the allocator's search. Used by one thread: a
/// loop has one, and lends it to its thread while it runs.
class Recycler {
 public:
  Recycler() noexcept = default;
  Recycler(const Recycler&) = delete;
  Recycler& operator=(const Recycler&) = delete;
  ~Recycler();

  /// While it lives, `take_memory` and `give_back_memory` of this thread use `recycler`.
  class Lent {
   public:
    explicit Lent(Recycler& recycler) noexcept : former_(std::exchange(lent, &recycler)) {}
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;
    ~Lent() { lent = former_; }

   private:
    Recycler* former_;
  };

 private:
  friend void* take_memory(std::size_t size);
  friend void give_back_memory(void* memory, std::size_t size) noexcept;

  // By size, in steps; larger ones are left to the allocator, and so is what exceeds `most_kept` of a size.
  static constexpr std::size_t step = 64;
  static constexpr std::size_t largest = 4096;
  static constexpr unsigned most_kept = 256;

  struct Block {
    Block* next;
  };
  struct Shelf {
    Block* first = nullptr;
    unsigned kept = 0;
  };

  // Null where there is none.
  [[nodiscard]] static Shelf* find_shelf(std::size_t size) noexcept {
    return recycles && lent != nullptr && size <= largest ? &lent->shelves_[(size - 1) / step] : nullptr;
  }

  static inline constinit thread_local Recycler* lent = nullptr;

  std::array<Shelf, largest / step> shelves_;
};

/// `size` bytes, aligned as by operator new, from the recycler of the loop that this thread runs, if any; throws
/// std::bad_alloc where memory is out.
[[nodiscard]] inline void* take_memory(std::size_t size) {
  // Room for all that may be asked for from the shelf that it may come to lie on.
  const std::size_t whole = (size + Recycler::step - 1) / Recycler::step * Recycler::step;
  Recycler::Shelf* const shelf = Recycler::find_shelf(size);
  if (shelf == nullptr || shelf->first == nullptr) return ::operator new(whole);
  --shelf->kept;
  return std::exchange(shelf->first, shelf->first->next);
}

/// What `take_memory(size)` returned, on whatever thread.
inline void give_back_memory(void* memory, std::size_t size) noexcept {
  Recycler::Shelf* const shelf = Recycler::find_shelf(size);
  if (shelf == nullptr || shelf->kept == Recycler::most_kept) {
    ::operator delete(memory);
    return;
  }
  ++shelf->kept;
  shelf->first = ::new (memory) Recycler::Block{shelf->first};
}

/// A base of what every connection makes on the heap.
struct Recycled {
  static void* operator new(std::size_t size) { return take_memory(size); }
  static void operator delete(void* memory, std::size_t size) noexcept { give_back_memory(memory, size); }
};

/// Recycles what a standard container or std::allocate_shared makes.
template <typename T>
class RecyclingAllocator {
 public:
  using value_type = T;

  RecyclingAllocator() noexcept = default;
  template <typename U>
  explicit(false) RecyclingAllocator(const RecyclingAllocator<U>& /*other*/) noexcept {}

  [[nodiscard]] T* allocate(std::size_t count) { return static_cast<T*>(take_memory(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept { give_back_memory(memory, count * sizeof(T)); }

  template <typename U>
  [[nodiscard]] bool operator==(const RecyclingAllocator<U>& /*other*/) const noexcept {
    return true;
  }
};

}  // namespace simplon::net
