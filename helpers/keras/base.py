"""What the book's Keras models have in common: a spec, and a file that carries it."""

import keras
from keras import KerasTensor

from helpers.laddernet import LadderSpec
from helpers.spec import UNetSpec


class Described(keras.Model):
    """A model made from a spec, which its file holds and which refuses odd shapes.

    A subclass names the class of its spec, and keeps the spec, what `note` wants and,
    in `_arguments`, whatever else it was made with.
    """

    Spec: type[UNetSpec] | type[LadderSpec] = UNetSpec

    def __call__(self, images, *args, **kwargs):
        check_shape(images, self.spec)
        return super().__call__(images, *args, **kwargs)

    def get_config(self) -> dict:
        """What `from_config` needs to build the model again."""
        notes = notes_of(self)
        return {"spec": self.spec.to_json(), "notes": notes, **self._arguments}

    @classmethod
    def from_config(
        cls, config: dict, custom_objects: dict | None = None
    ) -> "Described":
        """The model that `get_config` described, with fresh weights."""
        config = dict(config)
        return cls(cls.Spec.from_json(config.pop("spec")), **config)


def check_shape(images: KerasTensor, spec: UNetSpec | LadderSpec) -> None:
    """Raise ValueError where a network of `spec` cannot take images of this shape."""
    shape = tuple(images.shape)
    if len(shape) != 4 or shape[-1] != spec.in_channels:
        raise ValueError(
            f"images of shape {shape}: expected (N, H, W, {spec.in_channels}), "
            "channels last"
        )
    if None not in shape[1:3]:
        spec.check_size(*shape[1:3])


def note(
    model: keras.Model,
    image_range: float = 1.0,
    size: tuple[int, int] | None = None,
    class_names: tuple[str, ...] = (),
) -> None:
    """Keep with a model how its inputs looked in training, for its file to carry.

    image_range: 1.0 for inputs in 0..1, 255.0 for 0..255. size: (height, width).
    """
    model.image_range = float(image_range)
    model.size = tuple(size) if size else None
    model.class_names = tuple(class_names)


def notes_of(model: keras.Model) -> dict:
    """What `note` kept, as JSON can hold it."""
    return {
        "image_range": model.image_range,
        "size": list(model.size) if model.size else None,
        "class_names": list(model.class_names),
    }
