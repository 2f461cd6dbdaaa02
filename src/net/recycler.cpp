#include "net/recycler.hpp"

namespace simplon::net {

Recycler::~Recycler() {
  for (Shelf& shelf : shelves_) {
    while (shelf.first != nullptr)
      ::operator delete(std::exchange(shelf.first, shelf.first->next));
  }
}

}  // namespace simplon::net
