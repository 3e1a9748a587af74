"""Tracebacks are read as their languages print them."""

from __future__ import annotations

import pytest

from runner.localise.frames import Frame, read_frames

PYTHON = """\
Traceback (most recent call last):
  File "/home/me/app.py", line 3, in <module>
    s.mount(1)
  File "/usr/lib/site-packages/net/session.py", line 99, in mount
    raise KeyError(prefix)
KeyError: no adapter
"""
NOTEBOOK = """\
KeyError                                  Traceback (most recent call last)
~/envs/lib/python3.8/site-packages/plot/_core.py in _lookup_single(self, key)
    143             # Use a value
--> 144             value = self.lookup_table[key]

File ~/code/plot/axis.py:265, in Axis.draw(self)
    263 def draw(self):
"""
NODE = """\
TypeError: x is undefined
    at Cart.add (/srv/shop/src/cart.ts:10:5)
    at async new Shop (file:///srv/shop/src/shop.ts:7:1)
    at /srv/shop/src/main.ts:3:1
"""
JAVA = """\
java.lang.IllegalStateException: empty
\tat com.shop.Cart.add(Cart.java:10)
\tat com.shop.Main.main(Main.java:3)
"""
GO = """\
panic: runtime error: index out of range

goroutine 1 [running]:
shop/cart.(*Cart).Add(0xc000010000, 0x1)
\t/srv/shop/cart/cart.go:10 +0x1d
main.main()
\t/srv/shop/main.go:3 +0x2a
"""
RUST = """\
thread 'main' panicked at src/cart.rs:10:5:
stack backtrace:
   0: shop::cart::Cart::add
             at ./src/cart.rs:10:5
   1: shop::main
             at ./src/main.rs:3:1
"""
PANIC = "thread 'main' panicked at 'index out of bounds', src/cart.rs:10:5\n"
RUBY = """\
app/models/cart.rb:10:in `block in add': undefined method `price' for nil (NoMethodError)
\tfrom app/main.rb:3:in `<main>'
"""
RUBY_3_4 = "app/models/cart.rb:10:in 'Shop::Cart#add': undefined method 'price' for nil (NoMethodError)\n"
PHP = """\
PHP Fatal error:  Uncaught DomainException: empty in /srv/shop/src/Cart.php:10
Stack trace:
#0 /srv/shop/src/Main.php(3): Shop\\Cart->add(Array)
#1 {main}
  thrown in /srv/shop/src/Cart.php on line 10
"""
SANITIZER = """\
==7==ERROR: AddressSanitizer: heap-buffer-overflow
    #0 0x4f5e31 in shop::Cart::add(int) /srv/shop/src/cart.cc:10:5
    #1 0x4f5f00 in main /srv/shop/src/main.cc:3:1
"""
DEBUGGER = """\
#0  cart_add (cart=0x0, item=...) at src/cart.c:10
#1  0x00005555 in main (argc=1, argv=0x7ffe) at src/main.c:3
"""


@pytest.mark.parametrize(
    ("text", "last"),
    [
        (PYTHON, Frame("/usr/lib/site-packages/net/session.py", 99, "mount")),
        (NOTEBOOK, Frame("~/code/plot/axis.py", 265, "draw")),
        (NODE, Frame("/srv/shop/src/cart.ts", 10, "add")),
        (JAVA, Frame("com/shop/Cart.java", 10, "add")),
        (GO, Frame("/srv/shop/cart/cart.go", 10, "Add")),
        (RUST, Frame("./src/cart.rs", 10, "add")),
        (PANIC, Frame("src/cart.rs", 10)),
        (RUBY, Frame("app/models/cart.rb", 10, "add")),
        (RUBY_3_4, Frame("app/models/cart.rb", 10, "add")),
        (PHP, Frame("/srv/shop/src/Cart.php", 10)),
        (SANITIZER, Frame("/srv/shop/src/cart.cc", 10, "add")),
        (DEBUGGER, Frame("src/cart.c", 10, "cart_add")),
    ],
)
def test_the_innermost_frame_is_last(text: str, last: Frame) -> None:
    """Python prints it last, all others print it first."""
    assert read_frames(text)[-1] == last


def test_a_notebook_names_file_and_function() -> None:
    """IPython gives no line for a file, or puts it behind a colon; a method comes with its class."""
    assert Frame("~/envs/lib/python3.8/site-packages/plot/_core.py", 0, "_lookup_single") in read_frames(NOTEBOOK)


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        (
            "File D:\\Lib\\plot\\api.py:226, in getattr.<locals>.__getattr__(name)",
            Frame("D:\\Lib\\plot\\api.py", 226, "__getattr__"),
        ),
        (
            "File [~\\Roaming\\plot\\rc.py:28](http://localhost:8891/lab/~/rc.py#line=27), in load(a)",
            Frame("~\\Roaming\\plot\\rc.py", 28, "load"),
        ),
        ("File [/opt/plot/rc.py:28](http://localhost:8891/lab/rc.py#line=27)", Frame("/opt/plot/rc.py", 28)),
        ("File /opt/plot/rc.py:28", Frame("/opt/plot/rc.py", 28)),
    ],
)
def test_newer_notebooks_link_their_files(line: str, frame: Frame) -> None:
    """And give no function for a module's own lines; the innermost name of a function in a function counts."""
    assert read_frames(f"Cell In[4], line 1\n----> 1 plot()\n\n{line}\n     26 x\n") == (frame,)


@pytest.mark.parametrize("folder", ["/usr/lib/python3.8/site-packages/", "C:\\envs\\Lib\\", "plot/", ""])
def test_a_notebook_may_name_any_folder(folder: str) -> None:
    """Absolute or not, of any system."""
    assert read_frames(f"{folder}core.py in draw(self)\n--> 9  x") == (Frame(f"{folder}core.py", 0, "draw"),)
    assert read_frames(f"{folder}core.pyc in draw(self)\n--> 9  x") == (Frame(f"{folder}core.py", 0, "draw"),)
    assert read_frames(f"{folder}core.pyx in draw(self)\n--> 9  x") == (Frame(f"{folder}core.pyx", 0, "draw"),)


def test_every_frame_is_told_once() -> None:
    """A frame that two patterns match counts once, with its function."""
    for text in (GO, RUBY, DEBUGGER):
        frames = read_frames(text)
        assert [frame.line for frame in frames] == [3, 10]
        assert all(frame.function for frame in frames)


def test_a_text_without_traceback_has_no_frames() -> None:
    """A path that is merely mentioned is none."""
    assert read_frames("see src/net/session.py, it is wrong") == ()
