#include "net/recycler.hpp"

#include <new>
#include <utility>

namespace simplon::net {

namespace {

// Without, so that a sanitizer sees every use of what was freed.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool recycles = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool recycles = false;
#else
constexpr bool recycles = true;
#endif
#else
constexpr bool recycles = true;
#endif

}  // namespace

Recycler::~Recycler() {
  for (Shelf& shelf : shelves_) {
    while (shelf.first != nullptr)
      ::operator delete(std::exchange(shelf.first, shelf.first->next));
  }
}

Recycler::Shelf* Recycler::find_shelf(std::size_t size) noexcept {
  return recycles && lent != nullptr && size <= largest ? &lent->shelves_[(size - 1) / step] : nullptr;
}

void* take_memory(std::size_t size) {
  // Room for all that may be asked for from the shelf that it may come to lie on.
  const std::size_t whole = (size + Recycler::step - 1) / Recycler::step * Recycler::step;
  Recycler::Shelf* const shelf = Recycler::find_shelf(size);
  if (shelf == nullptr || shelf->first == nullptr) return ::operator new(whole);
  --shelf->kept;
  return std::exchange(shelf->first, shelf->first->next);
}

void give_back_memory(void* memory, std::size_t size) noexcept {
  Recycler::Shelf* const shelf = Recycler::find_shelf(size);
  if (shelf == nullptr || shelf->kept == Recycler::most_kept) {
    ::operator delete(memory);
    return;
  }
  ++shelf->kept;
  shelf->first = ::new (memory) Recycler::Block{shelf->first};
}

}  // namespace simplon::net
